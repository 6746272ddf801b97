import { createResultMeta, type CompletedJoin, orderParts, type ResultKeys, unreadableMeta } from '@umbel/backend'
import {
  decodeJson,
  EncodedJson,
  encodeJson,
  type ResultCodec,
  type ResultMeta,
  type SignatureData,
  type TaskState
} from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { Redis } from 'ioredis'

/** Celery's counters, and ours beside them. (wire-protocol 6.5) */
export interface ChordKeys {
  /** Parts as Python counts them: a sorted set. */
  readonly parts: string
  readonly size: string
  readonly extra: string
  /** Which parts are counted, as Celery 5.7 tells them apart. */
  readonly counted: string
  /** Who may publish the body, or that it is done. */
  readonly claim: string
  /** Ours: the body, which task came when, and when the join was complete. */
  readonly state: string
  /** The parts of a join that is complete. */
  readonly kept: string
}

/** The keys of one chord. */
export function chordKeys(keys: ResultKeys, groupId: string): ChordKeys {
  const stem = keys.group(groupId)
  return {
    parts: `${stem}.j`,
    size: `${stem}.s`,
    extra: `${stem}.t`,
    counted: `${stem}.d`,
    claim: `${stem}.c`,
    state: `${stem}.umbel`,
    kept: `${stem}.umbel.j`
  }
}

/** Those that counting needs, in the order in which the scripts take them. */
export function joinKeys(keys: ResultKeys, groupId: string): readonly string[] {
  const { parts, size, extra, counted, claim, state, kept } = chordKeys(keys, groupId)
  return [parts, size, extra, counted, claim, state, kept]
}

/** A part as Celery writes it into the sorted set; the text of a result that is JSON already is not read. */
export function memberOf(codec: ResultCodec, { task_id: id, status, result }: ResultMeta): string | Buffer {
  return codec.encode([1, id, status, result])
}

/** `+inf`: behind all that have an index. */
export function scoreOf(index: number | null): string {
  return index === null ? '+inf' : String(index)
}

export interface StoredJoin {
  readonly codec: ResultCodec
  readonly groupId: string
  /** Member, score, member, score … */
  readonly members: readonly Buffer[]
  readonly state: Readonly<Record<string, string>>
}

const NONE = Buffer.alloc(0)

/** Parts and their places, from a sorted set, or from a list where nobody wanted the order of the header. */
export async function readMembers(client: Redis, key: string): Promise<readonly Buffer[]> {
  try {
    return await client.zrangeBuffer(key, 0, '-1', 'WITHSCORES')
  } catch (thrown) {
    if (!toError(thrown).message.startsWith('WRONGTYPE')) throw thrown
    const members = await client.lrangeBuffer(key, 0, -1)
    return members.flatMap((member, place) => [member, Buffer.from(String(place))])
  }
}

/** undefined where it has expired in the meantime. */
export function readJoin({ codec, groupId, members, state }: StoredJoin): CompletedJoin | undefined {
  const { body } = state
  if (body === undefined) return undefined
  const parts = []
  for (let at = 0; at + 1 < members.length; at += 2)
    parts.push(readPart(readMember(codec, members[at] ?? NONE), String(members[at + 1]), state))
  const byArrival = parts.toSorted((a, b) => a.arrival - b.arrival)
  return {
    groupId,
    body: decodeJson(body) as SignatureData,
    parts: orderParts(byArrival).map(({ meta }) => meta)
  }
}

function readPart(
  meta: ResultMeta,
  score: string,
  state: Readonly<Record<string, string>>
): { readonly index: number | null; readonly arrival: number; readonly meta: ResultMeta } {
  // What Python counted has no arrival of ours: behind, as its own order has it.
  const arrival = Number(state[`part:${meta.task_id}`] ?? Number.MAX_SAFE_INTEGER)
  return { index: score === 'inf' ? null : Number(score), arrival, meta }
}

function readMember(codec: ResultCodec, member: Buffer): ResultMeta {
  try {
    const [, taskId, status, result] = codec.decode(member) as [number, string, TaskState, unknown]
    return createResultMeta(status, { result }, { taskId, now: 0 })
  } catch (thrown) {
    return unreadableMeta('of a chord', thrown)
  }
}

/** A signature as text, whether it was read or not. */
export function bodyText(body: SignatureData | undefined): string {
  if (body === undefined) return ''
  return body instanceof EncodedJson ? body.text : encodeJson(body)
}
