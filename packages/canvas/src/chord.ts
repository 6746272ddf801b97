import { chordData, dataOf } from './data.js'
import { dispatcherOf, type Group, type MemberResult, type SharedMissing } from './group.js'
import { type Items, listed } from './items.js'
import { Signature } from './signature.js'
import type { AnySignature } from './types.js'

/** Runs the header side by side, then the body with the list of its results, in order. (celery.canvas.chord) */
export function chord<Missing extends readonly unknown[], X, R>(
  header: Group<Missing, X>,
  body: Signature<[X[]], R>
): Signature<Missing, R>
export function chord<Member extends AnySignature, R>(
  header: Iterable<Member>,
  body: Signature<[MemberResult<Member>[]], R>
): Signature<SharedMissing<Member>, R>
export function chord<Member extends AnySignature, R>(
  header: AsyncIterable<Member>,
  body: Signature<[MemberResult<Member>[]], R>
): Promise<Signature<SharedMissing<Member>, R>>
export function chord(
  header: Group<never, unknown> | Items<AnySignature>,
  body: AnySignature
): AnySignature | Promise<AnySignature> {
  if (!(header instanceof Signature)) return listed(header, members => chordOf(members, body))
  const options = header.options
  const dispatcher = header.dispatcher ?? body.dispatcher
  const members = header.tasks.map(member => member.data)
  const frozen = Object.keys(options).length === 0 ? members : header.data
  return new Signature<never, unknown>(chordData(frozen, dataOf(body)), dispatcher)
}

function chordOf(members: readonly AnySignature[], body: AnySignature): AnySignature {
  const data = chordData(
    members.map(item => dataOf(item)),
    dataOf(body)
  )
  return new Signature<never, unknown>(data, dispatcherOf([...members, body]))
}
