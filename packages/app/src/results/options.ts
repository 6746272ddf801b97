import type { GetOptions } from '@umbel/canvas'
import type { ResultMeta } from '@umbel/protocol'

/** How to wait. */
export interface WaitOptions extends GetOptions {
  /** Called with everything that is stored of the task, once it is final. */
  readonly onMessage?: (meta: ResultMeta) => void
  /** Called every `interval` seconds while waiting; what it throws ends the waiting. */
  readonly onInterval?: () => void
}

/** How to wait for a result. (the arguments of celery's AsyncResult.get) */
export interface ResultGetOptions<R = unknown> extends WaitOptions {
  /** Called with the id and the value, before `get` resolves. */
  readonly callback?: (id: string, value: R) => void
}
