import { dataOf, groupData, membersOf } from './data.js'
import type { Dispatcher } from './dispatcher.js'
import type { GroupHandle, Pending } from './handle.js'
import { Signature, type SignatureCall } from './signature.js'
import { type Items, listed } from './items.js'
import type { AnySignature } from './types.js'

export interface SkewOptions {
  /** Seconds before the first member. Default 1. */
  readonly start?: number
  /** Members after this stay at it. Default none. */
  readonly stop?: number
  /** Seconds between members. Default 1. */
  readonly step?: number
}

/** Signatures that run side by side. (celery.canvas.group) */
export class Group<Missing extends readonly unknown[] = readonly unknown[], X = unknown> extends Signature<
  Missing,
  X[]
> {
  /** The members as they were given. */
  get tasks(): readonly Signature[] {
    return membersOf(this.data).map(data => new Signature(data, this.dispatcher))
  }

  /** A group whose members start one after the other. */
  skew({ start = 1, stop = Number.POSITIVE_INFINITY, step = 1 }: SkewOptions = {}): this {
    const members = this.tasks.map((member, index) => member.set({ countdown: Math.min(start + index * step, stop) }))
    return new Group<Missing, X>(
      groupData(
        members.map(member => member.data),
        this.options
      ),
      this.dispatcher
    ) as this
  }

  override delay(...missing: Missing): Pending<GroupHandle<X>> {
    return super.delay(...missing) as Pending<GroupHandle<X>>
  }

  override applyAsync(args?: Missing, options?: SignatureCall): Pending<GroupHandle<X>> {
    return super.applyAsync(args, options) as Pending<GroupHandle<X>>
  }
}

/** What a member of a group adds to the group's results: groups in groups are flattened. */
export type MemberResult<Member> =
  Member extends Group<never, infer X> ? X : Member extends Signature<never, infer R> ? R : never

/** What must be given to every one of these signatures. */
export type SharedMissing<Member> = [Member] extends [never] ? readonly unknown[] : Unboxed<Boxed<Member>>

type Boxed<Member> =
  Member extends Signature<infer Missing, unknown> ? (box: { readonly missing: Missing }) => void : never

type Unboxed<Box> = [Box] extends [(box: infer Boxes extends { readonly missing: readonly unknown[] }) => void]
  ? Boxes['missing']
  : never

/** The group of these members. */
export type GroupOf<Member> = Group<SharedMissing<Member>, MemberResult<Member>>

/** Runs signatures side by side; gives their results in order. An asynchronous iterable gives a promise of the group. */
export function group<Member extends AnySignature>(members: AsyncIterable<Member>): Promise<GroupOf<Member>>
export function group<Member extends AnySignature>(members: Iterable<Member>): GroupOf<Member>
export function group<Members extends readonly AnySignature[]>(...members: Members): GroupOf<Members[number]>
export function group(
  ...members: readonly (AnySignature | Items<AnySignature>)[]
): Group<never, unknown> | Promise<Group<never, unknown>> {
  const [only] = members
  if (members.length === 1 && only !== undefined && !(only instanceof Signature)) return listed(only, groupOfList)
  return groupOfList(members as readonly AnySignature[])
}

export function groupOfList(members: readonly AnySignature[]): Group<never, unknown> {
  return new Group<never, unknown>(groupData(members.map(item => dataOf(item))), dispatcherOf(members))
}

/** Composites go where their first bound member goes. */
export function dispatcherOf(members: readonly AnySignature[]): Dispatcher | undefined {
  return members.find(member => member.dispatcher !== undefined)?.dispatcher
}
