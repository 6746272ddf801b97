import type { Handle } from '@umbel/canvas'
import type { ResultTuple, TaskState } from '@umbel/protocol'
import type { ResultAccess } from './access.js'
import { checkWait, type ResultGetOptions, type ResultRevokeOptions } from './options.js'
import { asTheyEnd } from './stream.js'

/** Several results together, in order. (celery.result.ResultSet) */
export class ResultSet<R = unknown> implements Iterable<Handle<R>> {
  readonly #members: Handle<R>[]
  readonly #access: ResultAccess

  constructor(members: readonly Handle<R>[], access: ResultAccess) {
    this.#members = [...members]
    this.#access = access
  }

  get results(): readonly Handle<R>[] {
    return this.#members
  }

  get length(): number {
    return this.#members.length
  }

  /** Adds a result that is not there yet. */
  add(member: Handle<R>): void {
    if (!this.has(member.id)) this.#members.push(member)
  }

  update(members: Iterable<Handle<R>>): void {
    for (const member of members) this.add(member)
  }

  has(id: string): boolean {
    return this.#members.some(member => member.id === id)
  }

  at(index: number): Handle<R> | undefined {
    return this.#members.at(index)
  }

  /** @throws RangeError when it is not a member */
  remove(member: Handle<R> | string): void {
    const id = typeof member === 'string' ? member : member.id
    if (!this.has(id)) throw new RangeError(`result ${id} is not in this set`)
    this.discard(id)
  }

  /** As `remove`, without an error. */
  discard(member: Handle<R> | string): void {
    const id = typeof member === 'string' ? member : member.id
    const position = this.#members.findIndex(known => known.id === id)
    if (position >= 0) this.#members.splice(position, 1)
  }

  clear(): void {
    this.#members.length = 0
  }

  /**
   * Waits for all members and gives their values in order; `timeout` is for all of them together.
   * @throws the first member's error unless `propagate` is false; TimeoutError
   */
  get(options: ResultGetOptions<R> & { readonly propagate: false }): Promise<(R | Error)[]>
  get(options?: ResultGetOptions<R>): Promise<R[]>
  async get(options: ResultGetOptions<R> = {}): Promise<(R | Error)[]> {
    checkWait(options)
    this.#access.refuseWaitInTask(options)
    return await Promise.all(this.#members.map(member => member.get(options)))
  }

  /** As `get`, one after the other: `callback` hears each id and value in order. */
  join(options: ResultGetOptions<R> & { readonly propagate: false }): Promise<(R | Error)[]>
  join(options?: ResultGetOptions<R>): Promise<R[]>
  async join(options: ResultGetOptions<R> = {}): Promise<(R | Error)[]> {
    checkWait(options)
    this.#access.refuseWaitInTask(options)
    const start = this.#access.now()
    const values: (R | Error)[] = []
    for (const member of this.#members) {
      values.push(await member.get({ ...options, ...this.#access.remaining(options.timeout, start) }))
    }
    return values
  }

  /** Members as they end, whatever their order: `for await (const [id, value] of results.iterNative())`. */
  iterNative(
    options: ResultGetOptions<R> & { readonly propagate: false }
  ): AsyncGenerator<readonly [id: string, value: R | Error]>
  iterNative(options?: ResultGetOptions<R>): AsyncGenerator<readonly [id: string, value: R]>
  iterNative(options: ResultGetOptions<R> = {}): AsyncGenerator<readonly [id: string, value: R | Error]> {
    checkWait(options)
    this.#access.refuseWaitInTask(options)
    return asTheyEnd(this.#members, options)
  }

  /** FAILURE as soon as a member failed, SUCCESS when all are ready. */
  async state(): Promise<TaskState> {
    if (await this.failed()) return 'FAILURE'
    return (await this.ready()) ? 'SUCCESS' : 'PENDING'
  }

  async ready(): Promise<boolean> {
    return (await this.#each(member => member.ready())).every(Boolean)
  }

  async successful(): Promise<boolean> {
    return (await this.#each(member => member.successful())).every(Boolean)
  }

  async failed(): Promise<boolean> {
    return (await this.#each(member => member.failed())).some(Boolean)
  }

  /** Is a member not ready yet? */
  async waiting(): Promise<boolean> {
    return !(await this.ready())
  }

  /** How many members succeeded. */
  async completedCount(): Promise<number> {
    return (await this.#each(member => member.successful())).filter(Boolean).length
  }

  async traceback(): Promise<string | undefined> {
    return (await this.#each(member => member.traceback())).find(text => text !== undefined)
  }

  /** Throws the error of the first member that failed. */
  async maybeThrow(): Promise<void> {
    for (const member of this.#members) if (await member.failed()) await member.get()
  }

  async forget(): Promise<void> {
    await this.#each(member => member.forget())
  }

  /** As `AsyncResult.revoke`, all tasks in one command, those of groups within included. */
  async revoke(options: ResultRevokeOptions = {}): Promise<void> {
    const ids = this.#members.flatMap(member => taskIds(member.asTuple()))
    if (ids.length > 0) await this.#access.revoke(ids, options)
  }

  [Symbol.iterator](): Iterator<Handle<R>> {
    return this.#members[Symbol.iterator]()
  }

  #each<T>(ask: (member: Handle<R>) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#members.map(ask))
  }
}

/** A group is no task. */
function taskIds([[id], children]: ResultTuple): readonly string[] {
  return children === null ? [id] : children.flatMap(taskIds)
}
