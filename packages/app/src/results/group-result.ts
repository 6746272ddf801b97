import type { GroupHandle, Handle } from '@umbel/canvas'
import { EncodeError, type ResultTuple } from '@umbel/protocol'
import type { ResultAccess } from './access.js'
import { UNSENDABLE } from './options.js'
import { ResultSet } from './result-set.js'

export interface GroupParts<R> {
  readonly members: readonly Handle<R>[]
  readonly access: ResultAccess
  readonly parent?: Handle<unknown> | undefined
}

/** The results of a group, in the group's order. (celery.result.GroupResult) */
export class GroupResult<R = unknown> extends ResultSet<R> implements GroupHandle<R> {
  readonly id: string
  readonly parent: Handle<unknown> | undefined
  readonly #access: ResultAccess

  constructor(id: string, { members, access, parent }: GroupParts<R>) {
    super(members, access)
    this.id = id
    this.parent = parent
    this.#access = access
  }

  get children(): readonly Handle<R>[] {
    return this.results
  }

  /** Keeps the group in the result store, where `app.restoreGroup(id)` finds it. */
  async save(): Promise<void> {
    await this.#access.saveGroup(this.id, this.asTuple())
  }

  /** Forgets that it was saved; the members' results stay. */
  async delete(): Promise<void> {
    await this.#access.forgetGroup(this.id)
  }

  equals(other: { readonly id: string } | string): boolean {
    return this.id === (typeof other === 'string' ? other : other.id)
  }

  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], this.results.map(member => member.asTuple())]
  }

  toJSON(): ResultTuple {
    return this.asTuple()
  }

  /** In a message it would be neither the value nor the id. @throws EncodeError */
  __json__(): never {
    throw new EncodeError('', UNSENDABLE)
  }

  override toString(): string {
    return this.id
  }
}
