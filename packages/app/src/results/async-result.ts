import type { GetOptions, Handle } from '@umbel/canvas'
import {
  dataToError,
  type ErrorData,
  EXCEPTION_STATES,
  PROPAGATE_STATES,
  READY_STATES,
  type ResultMeta,
  type ResultTuple,
  type TaskState
} from '@umbel/protocol'
import type { ResultAccess } from './access.js'

/** The way to a task's result, by its id alone. (celery.result.AsyncResult) */
export class AsyncResult<R = unknown> implements Handle<R> {
  readonly id: string
  /** The step before it, in a chain. */
  readonly parent: Handle<unknown> | undefined
  readonly #access: ResultAccess
  #final: ResultMeta | undefined

  constructor(id: string, access: ResultAccess, parent?: Handle<unknown>) {
    this.id = id
    this.parent = parent
    this.#access = access
  }

  get taskId(): string {
    return this.id
  }

  /**
   * Waits for the task to end and gives its value. Keeps the process alive while it waits.
   * @throws TimeoutError after `timeout` seconds; the task's own error unless `propagate` is false; WaitInTaskError inside a task
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<R | Error>
  get(options?: GetOptions): Promise<R>
  async get(options: GetOptions = {}): Promise<R | Error> {
    this.#access.refuseWaitInTask(options)
    const meta = this.#final ?? (await this.#wait(options))
    this.#final = meta
    return outcomeOf<R>(meta, options.propagate ?? true)
  }

  async state(): Promise<TaskState> {
    return (await this.#meta())?.status ?? 'PENDING'
  }

  async ready(): Promise<boolean> {
    return READY_STATES.has(await this.state())
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS'
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE'
  }

  /** The value, the error of a failed task, the meta of a custom state, or null while nothing is known. (result.info) */
  async result(): Promise<unknown> {
    const meta = await this.#meta()
    return meta === undefined ? null : valueOf(meta)
  }

  async traceback(): Promise<string | undefined> {
    return (await this.#meta())?.traceback ?? undefined
  }

  async dateDone(): Promise<Date | undefined> {
    const text = (await this.#meta())?.date_done
    return text ? new Date(text) : undefined
  }

  /** Tasks that this one sent. */
  async children(): Promise<readonly Handle<unknown>[]> {
    return ((await this.#meta())?.children ?? []).map(tuple => this.#access.handle(tuple))
  }

  /** Everything that is stored. undefined: nothing is. */
  async meta(): Promise<ResultMeta | undefined> {
    return await this.#meta()
  }

  /** Throws the task's error if it failed. (maybe_throw) */
  async maybeThrow(): Promise<void> {
    const meta = await this.#meta()
    if (meta !== undefined && PROPAGATE_STATES.has(meta.status)) throw dataToError(meta.result as ErrorData)
  }

  /** Deletes what is stored of this task and of those before it in its chain. */
  async forget(): Promise<void> {
    this.#final = undefined
    await this.parent?.forget()
    await this.#access.forget([this.id])
  }

  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], null]
  }

  /** Ids of the whole line, this one first. (as_list) */
  asList(): readonly string[] {
    return [this.id, ...idsOf(this.parent)]
  }

  equals(other: { readonly id: string } | string): boolean {
    return this.id === (typeof other === 'string' ? other : other.id)
  }

  toString(): string {
    return this.id
  }

  toJSON(): ResultTuple {
    return this.asTuple()
  }

  /** A failed parent ends the waiting: its child will never run. (follow_parents) */
  async #wait(options: GetOptions): Promise<ResultMeta> {
    const line = options.followParents === false ? [this.id] : this.asList()
    return await this.#access.wait(line, options)
  }

  async #meta(): Promise<ResultMeta | undefined> {
    if (this.#final !== undefined) return this.#final
    const [meta] = await this.#access.load([this.id])
    if (meta !== undefined && READY_STATES.has(meta.status)) this.#final = meta
    return meta
  }
}

function idsOf(parent: Handle<unknown> | undefined): readonly string[] {
  const ids: string[] = []
  for (let current = parent; current !== undefined; current = current.parent) ids.push(current.id)
  return ids
}

function valueOf(meta: ResultMeta): unknown {
  return EXCEPTION_STATES.has(meta.status) && meta.result !== null ? dataToError(meta.result as ErrorData) : meta.result
}

function outcomeOf<R>(meta: ResultMeta, propagate: boolean): R | Error {
  if (!PROPAGATE_STATES.has(meta.status)) return meta.result as R
  const error = dataToError(meta.result as ErrorData)
  if (meta.traceback) Object.defineProperty(error, 'traceback', { value: meta.traceback, enumerable: false })
  if (propagate) throw error
  return error
}
