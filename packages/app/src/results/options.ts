import { type GetOptions, InvalidOptionError, type RevokeOptions } from '@umbel/canvas'
import { isMapping, type ResultMeta, shown } from '@umbel/protocol'
import type { Connection } from '@umbel/transport'

/** How to wait. */
export interface WaitOptions extends GetOptions {
  /** Called with everything that is stored of the task, once it is final. */
  readonly onMessage?: (meta: ResultMeta) => void
  /** Called every `interval` seconds while waiting; what it throws ends the waiting. */
  readonly onInterval?: () => void
}

/** How to revoke a task. (the arguments of celery's AsyncResult.revoke) */
export interface ResultRevokeOptions extends RevokeOptions {
  /** A broker connection of the caller's own instead of the application's. */
  readonly connection?: Connection | undefined
}

/** How to wait for a result. (the arguments of celery's AsyncResult.get) */
export interface ResultGetOptions<R = unknown> extends WaitOptions {
  /** Called with the id and the value, before `get` resolves. */
  readonly callback?: (id: string, value: R) => void
}

/** Why a handle cannot be an argument, nor part of a result. */
export const UNSENDABLE = 'it is the handle of a result; pass its value (await result.get()) or its result.id'

/** @throws InvalidOptionError for a timeout or interval that is no time to wait */
export function checkWait(options: WaitOptions): void {
  const given: unknown = options
  if (!isMapping(given)) throw new InvalidOptionError(`get: expected an object of options, got ${shown(given)}`)
  checkSeconds('timeout', options.timeout)
  checkSeconds('interval', options.interval)
}

/** Waiting for ever is undefined, or Infinity as one may write it. */
function checkSeconds(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return
  throw new InvalidOptionError(`get: option '${name}': expected seconds from 0 on, got ${shown(value)}`)
}
