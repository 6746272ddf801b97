import type { GetOptions, GroupHandle, Handle } from '@umbel/canvas'
import type { ResultTuple, TaskState } from '@umbel/protocol'
import type { ResultAccess } from './access.js'

export interface GroupParts<R> {
  readonly members: readonly Handle<R>[]
  readonly access: ResultAccess
  readonly parent?: Handle<unknown> | undefined
}

/** The results of a group, in the group's order. (celery.result.GroupResult) */
export class GroupResult<R = unknown> implements GroupHandle<R>, Iterable<Handle<R>> {
  readonly id: string
  readonly parent: Handle<unknown> | undefined
  readonly results: readonly Handle<R>[]
  readonly #access: ResultAccess

  constructor(id: string, { members, access, parent }: GroupParts<R>) {
    this.id = id
    this.results = members
    this.parent = parent
    this.#access = access
  }

  get children(): readonly Handle<R>[] {
    return this.results
  }

  get length(): number {
    return this.results.length
  }

  /**
   * Waits for all members and gives their values in order.
   * @throws the first member's error unless `propagate` is false; TimeoutError
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<R[] | Error>
  get(options?: GetOptions): Promise<R[]>
  async get(options: GetOptions = {}): Promise<R[]> {
    this.#access.refuseWaitInTask(options)
    return await Promise.all(this.results.map(member => member.get(options)))
  }

  /** As `get`, with each member's id and value as they come in order. */
  async join(options: GetOptions & { readonly callback?: (id: string, value: R) => void } = {}): Promise<R[]> {
    const values: R[] = []
    for (const member of this.results) {
      const value = await member.get(options)
      options.callback?.(member.id, value)
      values.push(value)
    }
    return values
  }

  /** Members as they end, whatever their order: `for await (const [id, value] of group.iterNative())`. */
  async *iterNative(options: GetOptions = {}): AsyncGenerator<readonly [id: string, value: R]> {
    const open = new Map(
      this.results.map(member => [member.id, member.get(options).then(value => [member.id, value] as const)])
    )
    while (open.size > 0) {
      const ended = await Promise.race(open.values())
      open.delete(ended[0])
      yield ended
    }
  }

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

  async forget(): Promise<void> {
    await this.#each(member => member.forget())
  }

  /** Keeps the group where `app.groupResult.restore(id)` finds it. */
  async save(): Promise<void> {
    await this.#access.saveGroup(this.id, this.asTuple())
  }

  async delete(): Promise<void> {
    await this.#access.forgetGroup(this.id)
  }

  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], this.results.map(member => member.asTuple())]
  }

  toJSON(): ResultTuple {
    return this.asTuple()
  }

  [Symbol.iterator](): Iterator<Handle<R>> {
    return this.results[Symbol.iterator]()
  }

  #each<T>(ask: (member: Handle<R>) => Promise<T>): Promise<T[]> {
    return Promise.all(this.results.map(ask))
  }
}
