import type { Handle } from '@umbel/canvas'
import type { Control } from '@umbel/control'
import { isReady, PROPAGATE_STATES, type ResultMeta, type ResultTuple, TimeoutError } from '@umbel/protocol'
import { type Clock, type Timer, toError } from '@umbel/runtime'
import { WaitInTaskError } from '../errors.js'
import { outermostExecution } from '../execution/current.js'
import type { Gateway } from '../gateway/gateway.js'
import { AsyncResult } from './async-result.js'
import { GroupResult } from './group-result.js'
import type { ResultRevokeOptions, WaitOptions } from './options.js'
import { RecentMap } from './recent.js'
import { ResultWatcher } from './watcher.js'

export interface ResultAccessParts {
  readonly gateway: () => Gateway
  readonly control: Revoker
  readonly clock: Clock
  /** How many finished results are remembered; below 0 none, 0 all. (result_cache_max) */
  readonly cacheMax: () => number
}

/** By header. */
export type Stamps = Readonly<Record<string, string | readonly string[]>>

type Revoker = Pick<Control, 'revoke' | 'revokeByStampedHeaders'>

/** Results of eager tasks that handles may still ask for. */
const EAGER_RESULTS = 10_000

/** What result handles share: one backend, one watch, one clock. */
export class ResultAccess {
  readonly #gateway: () => Gateway
  readonly #control: Revoker
  readonly #watcher: ResultWatcher
  readonly #clock: Clock
  readonly #cache: RecentMap<ResultMeta>
  /** Of tasks that ran here, in eager mode: no store knows them. */
  readonly #local = new RecentMap<ResultMeta>(() => EAGER_RESULTS)

  constructor({ gateway, control, clock, cacheMax }: ResultAccessParts) {
    this.#gateway = gateway
    this.#control = control
    this.#clock = clock
    this.#cache = new RecentMap(cacheMax)
    this.#watcher = new ResultWatcher(async () => await gateway().backend())
  }

  async load(id: string): Promise<ResultMeta | undefined> {
    const known = this.#known(id)
    if (known !== undefined) return known
    const [meta] = await (await this.#gateway().backend()).load([id])
    return meta === undefined ? undefined : this.#keep(meta)
  }

  async forget(id: string): Promise<void> {
    this.#cache.delete(id)
    this.#local.delete(id)
    await (await this.#gateway().backend()).forget([id])
  }

  /** @throws what the store says against it */
  async store(meta: ResultMeta): Promise<void> {
    const [error] = await (await this.#gateway().backend()).store([meta])
    if (error !== undefined) throw error
  }

  async revoke(ids: readonly string[], { wait = false, ...options }: ResultRevokeOptions): Promise<void> {
    await this.#control.revoke(ids.length === 1 ? (ids[0] ?? '') : ids, { ...options, reply: wait })
  }

  async revokeByStamps(headers: Stamps, { wait = false, ...options }: ResultRevokeOptions): Promise<void> {
    await this.#control.revokeByStampedHeaders(headers, { ...options, reply: wait })
  }

  async forgetGroup(id: string): Promise<void> {
    await (await this.#gateway().backend()).forgetGroup(id)
  }

  async saveGroup(id: string, tuple: ResultTuple): Promise<void> {
    await (await this.#gateway().backend()).saveGroup(id, tuple)
  }

  async loadGroup(id: string): Promise<ResultTuple | undefined> {
    return await (await this.#gateway().backend()).loadGroup(id)
  }

  /**
   * Waits until the first id is final, or one of those behind it (its parents) has failed.
   * @throws TimeoutError
   */
  async wait(line: readonly string[], options: WaitOptions): Promise<ResultMeta> {
    const [own = ''] = line
    const accept = (meta: ResultMeta): boolean =>
      isReady(meta.status) && (meta.task_id === own || PROPAGATE_STATES.has(meta.status))
    const known = line.map(id => this.#known(id)).find(meta => meta !== undefined && accept(meta))
    const meta = known ?? this.#keep(await this.#watch(line, options, accept))
    options.onMessage?.(meta)
    return meta
  }

  /** What an eager task left. */
  keepLocal(meta: ResultMeta): void {
    this.#local.set(meta.task_id, meta)
  }

  handle(tuple: ResultTuple): Handle<unknown> {
    const [[id, parentTuple], children] = tuple
    const parent = parentTuple === null ? undefined : this.handle(parentTuple)
    if (children === null) return new AsyncResult(id, this, { parent })
    return new GroupResult(id, { members: children.map(child => this.handle(child)), access: this, parent })
  }

  refuseWaitInTask({ allowInTask = false, disableSyncSubtasks = true }: WaitOptions): void {
    const task = outermostExecution()?.task
    if (
      task === undefined ||
      allowInTask ||
      !disableSyncSubtasks ||
      task.request.isEager ||
      task.request.calledDirectly
    )
      return
    throw new WaitInTaskError(
      `get() inside task ${task.name} waits for a slot that this task may be holding: ` +
        'use a chain or a callback, or say get({ allowInTask: true })'
    )
  }

  /** Seconds that are left of a timeout that began at `start`. */
  remaining(timeout: number | undefined, start: number): { readonly timeout?: number } {
    return timeout === undefined ? {} : { timeout: Math.max(0, timeout - (this.#clock.monotonic() - start) / 1000) }
  }

  /** Milliseconds, for `remaining`. */
  now(): number {
    return this.#clock.monotonic()
  }

  /** Milliseconds since the epoch. */
  date(): number {
    return this.#clock.now()
  }

  async close(): Promise<void> {
    await this.#watcher.close()
  }

  #known(id: string): ResultMeta | undefined {
    return this.#local.get(id) ?? this.#cache.get(id)
  }

  #keep(meta: ResultMeta): ResultMeta {
    // As Celery does: a failure may still give way to another end.
    if (meta.status === 'SUCCESS') this.#cache.set(meta.task_id, meta)
    return meta
  }

  async #watch(
    ids: readonly string[],
    options: WaitOptions,
    accept: (meta: ResultMeta) => boolean
  ): Promise<ResultMeta> {
    const { timeout, signal } = options
    const giveUp = new AbortController()
    const expired = (): void => giveUp.abort(this.#timeoutError(ids, timeout))
    const timer =
      timeout === undefined || timeout === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.setTimer(timeout * 1000, expired)
    const beat = this.#tellIntervals(options, giveUp)
    const either = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal])
    try {
      return await this.#watcher.first(ids, accept, either)
    } finally {
      timer?.cancel()
      beat?.cancel()
    }
  }

  /** An `onInterval` that throws ends the waiting. */
  #tellIntervals(
    { onInterval, interval = 0.5 }: WaitOptions,
    giveUp: AbortController
  ): Pick<Timer, 'cancel'> | undefined {
    if (onInterval === undefined) return undefined
    const again = (): Timer => this.#clock.setTimer(interval * 1000, tell)
    const tell = (): void => {
      timer = again()
      try {
        onInterval()
      } catch (thrown) {
        giveUp.abort(toError(thrown))
      }
    }
    let timer = again()
    return { cancel: () => timer.cancel() }
  }

  #timeoutError([id]: readonly string[], timeout: number | undefined): TimeoutError {
    return new TimeoutError(
      `no result of task ${id} after ${timeout} s (${this.#gateway().describe()}): ` +
        'is a worker running that uses the same broker and result backend?'
    )
  }
}
