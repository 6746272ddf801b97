import type { Umbel } from '@umbel/app'
import type { ResultBackend } from '@umbel/backend'
import type { Logger } from '@umbel/runtime'
import type { AppLocation } from '../executor/data.js'
import type { RevokedIds } from '../consume/revoked.js'
import type { TaskLog } from '../log/task-log.js'
import type { WorkerSettings } from '../settings.js'

/** What a task's request says of the log. */
export interface LogTarget {
  readonly loglevel: string | undefined
  readonly logfile: string | undefined
}

/** What all sides of one run of a worker share. */
export interface WorkerContext {
  readonly app: Umbel
  readonly hostname: string
  readonly settings: WorkerSettings
  readonly module: AppLocation | undefined
  /** What nobody else hears does not end the process. */
  readonly ownsProcess: boolean
  readonly logTarget: LogTarget
  readonly logger: Logger
  readonly log: TaskLog
  readonly revoked: RevokedIds
  /** The result store, its calls repeated while it is away. */
  readonly backend: () => Promise<ResultBackend>
  /** Aborts when the worker gives up what it has not done. */
  readonly gaveUp: AbortSignal
}
