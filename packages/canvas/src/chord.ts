import type { SignatureOptions } from '@umbel/protocol'
import { chordData, dataOf } from './data.js'
import { dispatcherOf, type Group, type MemberResult, type SharedMissing } from './group.js'
import { type Items, listed } from './items.js'
import { Signature } from './signature.js'
import type { AnySignature } from './types.js'

/** How a chord is completed where the result store cannot count: a task looks at its header again and again. */
export interface ChordOptions {
  /** Seconds between looks. @default resultChordRetryInterval */
  readonly interval?: number
  /** Looks after which the body fails. @default for ever */
  readonly maxRetries?: number
}

/** Runs the header side by side, then the body with the list of its results, in order. (celery.canvas.chord) */
export function chord<Missing extends readonly unknown[], X, R>(
  header: Group<Missing, X>,
  body: Signature<[X[]], R>,
  options?: ChordOptions
): Signature<Missing, R>
export function chord<Member extends AnySignature, R>(
  header: Iterable<Member>,
  body: Signature<[MemberResult<Member>[]], R>,
  options?: ChordOptions
): Signature<SharedMissing<Member>, R>
export function chord<Member extends AnySignature, R>(
  header: AsyncIterable<Member>,
  body: Signature<[MemberResult<Member>[]], R>,
  options?: ChordOptions
): Promise<Signature<SharedMissing<Member>, R>>
export function chord(
  header: Group<never, unknown> | Items<AnySignature>,
  body: AnySignature,
  options: ChordOptions = {}
): AnySignature | Promise<AnySignature> {
  const unlock = toWireUnlock(options)
  if (!(header instanceof Signature)) return listed(header, members => chordOf(members, body, unlock))
  const dispatcher = header.dispatcher ?? body.dispatcher
  const members = header.tasks.map(member => member.data)
  const frozen = Object.keys(header.options).length === 0 ? members : header.data
  return new Signature<never, unknown>(chordData(frozen, dataOf(body), unlock), dispatcher)
}

function chordOf(members: readonly AnySignature[], body: AnySignature, unlock: SignatureOptions): AnySignature {
  const parts = members.map(member => dataOf(member))
  return new Signature<never, unknown>(chordData(parts, dataOf(body), unlock), dispatcherOf([...members, body]))
}

function toWireUnlock({ interval, maxRetries }: ChordOptions): SignatureOptions {
  return {
    ...(interval === undefined ? {} : { interval }),
    ...(maxRetries === undefined ? {} : { max_retries: maxRetries })
  }
}
