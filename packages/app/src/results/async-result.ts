import type { Handle } from '@umbel/canvas'
import {
  dataToError,
  EncodeError,
  type ErrorData,
  EXCEPTION_STATES,
  isReady,
  PROPAGATE_STATES,
  type ResultMeta,
  type ResultTuple,
  type TaskState
} from '@umbel/protocol'
import type { ResultAccess, Stamps } from './access.js'
import type { ResultGetOptions, ResultRevokeOptions, WaitOptions } from './options.js'
import { collect, type Dependency, type DependencyOptions, iterateDependencies, lastValue } from './dependencies.js'
import { buildGraph, type GraphOptions, type ResultGraph } from './graph.js'
import { checkWait, UNSENDABLE } from './options.js'

export interface AsyncResultParts {
  /** The step before it, in a chain. */
  readonly parent?: Handle<unknown> | undefined
  /** The task stores no result: there is nothing to wait for. */
  readonly ignored?: boolean
}

/** The way to a task's result, by its id alone. (celery.result.AsyncResult) */
export class AsyncResult<R = unknown> implements Handle<R> {
  readonly id: string
  readonly parent: Handle<unknown> | undefined
  /** Sent with `ignoreResult`: `get()` gives null at once. */
  readonly ignored: boolean
  readonly #access: ResultAccess
  #final: ResultMeta | undefined

  constructor(id: string, access: ResultAccess, { parent, ignored = false }: AsyncResultParts = {}) {
    this.id = id
    this.parent = parent
    this.ignored = ignored
    this.#access = access
  }

  get taskId(): string {
    return this.id
  }

  /**
   * Waits for the task to end and gives its value. Keeps the process alive while it waits.
   * @throws TimeoutError after `timeout` seconds; the task's own error unless `propagate` is false; WaitInTaskError inside a task
   */
  get(options: ResultGetOptions<R> & { readonly propagate: false }): Promise<R | Error>
  get(options?: ResultGetOptions<R>): Promise<R>
  async get(options: ResultGetOptions<R> = {}): Promise<R | Error> {
    checkWait(options)
    if (this.ignored) return null as R
    this.#access.refuseWaitInTask(options)
    const outcome = outcomeOf<R>(this.#final ?? (await this.#wait(options)), options.propagate ?? true)
    options.callback?.(this.id, outcome as R)
    return outcome
  }

  /** The same as `get`. */
  wait(options: ResultGetOptions<R> & { readonly propagate: false }): Promise<R | Error>
  wait(options?: ResultGetOptions<R>): Promise<R>
  wait(options: ResultGetOptions<R> = {}): Promise<R | Error> {
    return this.get(options)
  }

  async state(): Promise<TaskState> {
    return (await this.meta())?.status ?? 'PENDING'
  }

  async ready(): Promise<boolean> {
    return isReady(await this.state())
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS'
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE'
  }

  /** The value, the error of a failed task, the meta of a custom state, or null while nothing is known. (result.info) */
  async result(): Promise<unknown> {
    const meta = await this.meta()
    return meta === undefined ? null : valueOf(meta)
  }

  async traceback(): Promise<string | undefined> {
    return (await this.meta())?.traceback ?? undefined
  }

  async dateDone(): Promise<Date | undefined> {
    const text = (await this.meta())?.date_done
    return text ? new Date(text) : undefined
  }

  /** Is anything stored of this task? An unknown id and a task that waits look the same: false. */
  async exists(): Promise<boolean> {
    return (await this.meta()) !== undefined
  }

  /** Everything that is stored: with `resultExtended` also name, args, kwargs, worker, retries and queue. undefined: nothing is. */
  async meta(): Promise<ResultMeta | undefined> {
    if (this.#final !== undefined) return this.#final
    const meta = await this.#access.load(this.id)
    if (meta !== undefined && isReady(meta.status)) this.#final = meta
    return meta
  }

  /** Tasks that this one sent. */
  async children(): Promise<readonly Handle<unknown>[]> {
    return ((await this.meta())?.children ?? []).map(tuple => this.#access.handle(tuple))
  }

  /**
   * This result and, breadth first, those of all tasks that it set off, each with the one that sent it.
   * @throws IncompleteStream at one that is not ready, unless `intermediate`
   */
  iterdeps(options: DependencyOptions = {}): AsyncGenerator<Dependency> {
    return iterateDependencies(this, options)
  }

  /** As `iterdeps`, with each one's value. */
  collect(options: DependencyOptions = {}): AsyncGenerator<readonly [handle: Handle<unknown>, value: unknown]> {
    return collect(this, options)
  }

  /** The value of the last task that this one set off. (get_leaf) */
  getLeaf(): Promise<unknown> {
    return lastValue(this)
  }

  /** Who sent whom. @throws IncompleteStream unless `intermediate` */
  buildGraph(options: GraphOptions = {}): Promise<ResultGraph> {
    return buildGraph(this, options)
  }

  /** `buildGraph()` of what is ready. @throws IncompleteStream */
  get graph(): Promise<ResultGraph> {
    return this.buildGraph()
  }

  /** Throws the task's error if it failed. (maybe_throw) */
  async maybeThrow({ propagate = true }: { readonly propagate?: boolean } = {}): Promise<void> {
    const meta = await this.meta()
    if (meta !== undefined) outcomeOf(meta, propagate)
  }

  /** Deletes what is stored of this task and of those before it in its chain. */
  async forget(): Promise<void> {
    this.#final = undefined
    await this.parent?.forget()
    await this.#access.forget(this.id)
  }

  /**
   * Tells all workers that it must not be executed; with `terminate` that it must end where it runs. With `wait` it
   * resolves when workers have answered.
   */
  async revoke(options: ResultRevokeOptions = {}): Promise<void> {
    await this.#access.revoke([this.id], options)
  }

  /** The same for all tasks that bear one of these stamps, this one or others: `{ batch: ['a', 'b'] }`. */
  async revokeByStampedHeaders(headers: Stamps, options: ResultRevokeOptions = {}): Promise<void> {
    await this.#access.revokeByStamps(headers, options)
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

  /** In a message it would be neither the value nor the id. @throws EncodeError */
  __json__(): never {
    throw new EncodeError('', UNSENDABLE)
  }

  /** A failed parent ends the waiting: its child will never run. (follow_parents) */
  async #wait(options: WaitOptions): Promise<ResultMeta> {
    const line = options.followParents === false ? [this.id] : this.asList()
    const meta = await this.#access.wait(line, options)
    if (meta.task_id === this.id) this.#final = meta
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
