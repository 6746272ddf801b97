import type { GetOptions, Handle } from '@umbel/canvas'
import { PROPAGATE_STATES, READY_STATES, type ResultMeta, type ResultTuple, TimeoutError } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import { WaitInTaskError } from '../errors.js'
import { currentTask } from '../execution/current.js'
import type { Gateway } from '../gateway/gateway.js'
import { AsyncResult } from './async-result.js'
import { GroupResult } from './group-result.js'
import { ResultWatcher } from './watcher.js'

/** What result handles share: one backend, one watch, one clock. */
export class ResultAccess {
  readonly #gateway: () => Gateway
  readonly #watcher: ResultWatcher
  readonly #clock: Clock

  constructor(gateway: () => Gateway, clock: Clock) {
    this.#gateway = gateway
    this.#clock = clock
    this.#watcher = new ResultWatcher(async () => await gateway().backend())
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    return await (await this.#gateway().backend()).load(ids)
  }

  async forget(ids: readonly string[]): Promise<void> {
    await (await this.#gateway().backend()).forget(ids)
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
  async wait(line: readonly string[], options: GetOptions): Promise<ResultMeta> {
    const [own] = line
    return await this.#wait(line, options, meta => meta.task_id === own || PROPAGATE_STATES.has(meta.status))
  }

  handle(tuple: ResultTuple): Handle<unknown> {
    const [[id, parentTuple], children] = tuple
    const parent = parentTuple === null ? undefined : this.handle(parentTuple)
    if (children === null) return new AsyncResult(id, this, parent)
    return new GroupResult(id, { members: children.map(child => this.handle(child)), access: this, parent })
  }

  refuseWaitInTask(options: GetOptions): void {
    const task = currentTask()
    if (task === undefined || options.allowInTask === true) return
    throw new WaitInTaskError(
      `get() inside task ${task.name} waits for a slot that this task may be holding: ` +
        'use a chain or a callback, or say get({ allowInTask: true })'
    )
  }

  async close(): Promise<void> {
    await this.#watcher.close()
  }

  async #wait(ids: readonly string[], options: GetOptions, accept: (meta: ResultMeta) => boolean): Promise<ResultMeta> {
    const { timeout, signal } = options
    const giveUp = new AbortController()
    const expired = (): void => giveUp.abort(this.#timeoutError(ids, timeout))
    const timer = timeout === undefined ? undefined : this.#clock.setTimer(timeout * 1000, expired)
    const signals = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal])
    try {
      return await this.#watcher.first(ids, meta => READY_STATES.has(meta.status) && accept(meta), signals)
    } finally {
      timer?.cancel()
    }
  }

  #timeoutError(ids: readonly string[], timeout: number | undefined): TimeoutError {
    return new TimeoutError(
      `no result of task ${ids[0]} after ${timeout} s (${this.#gateway().describe()}): ` +
        'is a worker running that uses the same broker and result backend?'
    )
  }
}
