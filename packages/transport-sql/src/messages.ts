import { type Insertion, perDialect, type SqlRow, type SqlSession, type SqlValue } from '@umbel/sql'
import type { QueueStat } from '@umbel/transport'
import { ENVELOPE_COLUMNS, type Envelope } from './envelope.js'
import { mark, state } from './schema.js'
import { announceQueues, topicOf } from './topics.js'

// The statements on messages, each for an open transaction. Times are milliseconds since the epoch.

const INSERTION: Insertion = {
  table: 'umbel_message',
  columns: {
    state: 'smallint',
    redelivered: 'smallint',
    id: 'text',
    queue: 'text',
    priority: 'smallint',
    ready_at: 'bigint',
    expires_at: 'bigint',
    exchange: 'text',
    routing_key: 'text',
    headers: 'text',
    properties: 'text',
    body: 'bytea'
  },
  conflict: 'ON CONFLICT (id) DO NOTHING'
}

const sql = perDialect(({ among, unfold, unlocked }) => ({
  outlook: `SELECT wanted.value AS queue FROM ${unfold('wanted')}
      WHERE EXISTS (SELECT 1 FROM umbel_message WHERE queue = wanted.value AND state = 0)
    UNION ALL
    SELECT * FROM (SELECT NULL FROM umbel_message WHERE state = 1 AND ready_at <= ? LIMIT 1) AS due
    UNION ALL
    SELECT * FROM (SELECT NULL FROM umbel_message WHERE expires_at <= ? AND state = 0 LIMIT 1) AS stale`,
  ripen: `UPDATE umbel_message SET state = 0
    WHERE seq ${unlocked('SELECT seq FROM umbel_message WHERE state = 1 AND ready_at <= ?')} RETURNING queue`,
  clear: `DELETE FROM umbel_message WHERE seq ${unlocked(
    `SELECT seq FROM umbel_message WHERE expires_at <= ? AND state = 0 AND redelivered < ${mark.started}`
  )}`,
  claim: `UPDATE umbel_message SET state = 2, owner = ? WHERE seq ${unlocked(
    'SELECT seq FROM umbel_message WHERE queue = ? AND state = 0 ORDER BY priority DESC, ready_at, seq LIMIT ?'
  )} RETURNING ${ENVELOPE_COLUMNS}`,
  forget: `DELETE FROM umbel_message WHERE owner = ? AND id ${among} RETURNING id`,
  start: `UPDATE umbel_message SET redelivered = redelivered | ${mark.started} WHERE owner = ? AND id ${among} RETURNING id`,
  dropOrphans: `DELETE FROM umbel_message WHERE owner = ? AND id ${among} AND state = 3 RETURNING id`,
  restore: `UPDATE umbel_message SET state = 0, owner = NULL, redelivered = redelivered | ?
    WHERE owner = ? AND id ${among} RETURNING id, queue`
}))

/** One already there is left alone. */
export async function insertMessages(session: SqlSession, envelopes: readonly Envelope[], now: number): Promise<void> {
  if (envelopes.length === 0) return
  const lifetimes = await readLifetimes(session)
  await session.insert(
    INSERTION,
    envelopes.map(envelope => toRow(envelope, lifetimes.get(envelope.queue), now))
  )
  session.announce(new Set(envelopes.map(({ queue }) => topicOf(queue))))
}

function toRow(envelope: Envelope, ofQueue = Number.POSITIVE_INFINITY, now: number): readonly SqlValue[] {
  const { id, queue, priority, notBefore, repeated, lifetime = Number.POSITIVE_INFINITY, content } = envelope
  const delayed = notBefore !== undefined && notBefore > now
  const readyAt = delayed ? notBefore : now
  const shortest = Math.min(lifetime, ofQueue)
  const expiresAt = Number.isFinite(shortest) ? readyAt + shortest : null
  return [delayed ? state.delayed : state.ready, repeated ? 1 : 0, id, queue, priority, readyAt, expiresAt, ...content]
}

/** `x-message-ttl` of the queues that have one. */
async function readLifetimes(session: SqlSession): Promise<ReadonlyMap<string, number>> {
  const rows = await session.all('SELECT name, message_ttl FROM umbel_queue WHERE message_ttl IS NOT NULL')
  return new Map(rows.map(row => [String(row['name']), Number(row['message_ttl'])]))
}

export interface Outlook {
  /** Those of the queues that have something ready, in order. */
  readonly queues: readonly string[]
  /** Something is due, or has expired: `ripen` before anything is taken. */
  readonly ripe: boolean
}

/** Is there anything to take, or to make ready? A read, so that an idle bell costs no lock. */
export async function lookOut(session: SqlSession, queues: readonly string[], now: number): Promise<Outlook> {
  const rows = await session.all(sql(session).outlook, [JSON.stringify(queues), now, now])
  const found = new Set(rows.map(row => row['queue']))
  return { queues: queues.filter(queue => found.has(queue)), ripe: found.has(null) }
}

/** Makes ready what is due, and drops what nobody wants any more. */
export async function ripen(session: SqlSession, now: number): Promise<void> {
  announceQueues(session, await session.all(sql(session).ripen, [now]))
  await session.run(sql(session).clear, [now])
}

/** The first of a queue, in order. */
export async function claim(
  session: SqlSession,
  owner: number,
  from: { queue: string; limit: number }
): Promise<readonly SqlRow[]> {
  const rows = await session.all(sql(session).claim, [owner, from.queue, from.limit])
  return rows.length < 2 ? rows : [...rows].sort(byOrder)
}

function byOrder(a: SqlRow, b: SqlRow): number {
  return difference(b, a, 'priority') || difference(a, b, 'ready_at') || difference(a, b, 'seq')
}

function difference(a: SqlRow, b: SqlRow, column: string): number {
  return Number(a[column]) - Number(b[column])
}

/** Removes those that are the owner's; answers their ids. */
export async function deleteOwned(
  session: SqlSession,
  owner: number,
  ids: readonly string[]
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  return idsOf(await session.all(sql(session).forget, [owner, JSON.stringify(ids)]))
}

/** Marks those that are the owner's; answers their ids. */
export async function markStarted(
  session: SqlSession,
  owner: number,
  ids: readonly string[]
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  return idsOf(await session.all(sql(session).start, [owner, JSON.stringify(ids)]))
}

/** Puts those back that are the owner's; answers their ids. */
export async function restoreOwned(
  session: SqlSession,
  owner: number,
  restore: { ids: readonly string[]; redelivered: boolean }
): Promise<ReadonlySet<string>> {
  if (restore.ids.length === 0) return new Set()
  const ids = JSON.stringify(restore.ids)
  const gone = await session.all(sql(session).dropOrphans, [owner, ids])
  const back = await session.all(sql(session).restore, [restore.redelivered ? mark.redelivered : 0, owner, ids])
  announceQueues(session, back)
  return idsOf([...gone, ...back])
}

function idsOf(rows: readonly SqlRow[]): ReadonlySet<string> {
  return new Set(rows.map(row => String(row['id'])))
}

export interface NextTimes {
  /** When the next delayed message is due. */
  readonly due: number | undefined
  /** When the next lease of another consumer ends. */
  readonly leaseEnd: number | undefined
}

export async function nextTimes(session: SqlSession, self: number, now: number): Promise<NextTimes> {
  const [row] = await session.all(
    `SELECT (SELECT min(ready_at) FROM umbel_message WHERE state = 1 AND ready_at > ?) AS due,
      (SELECT min(lease_until) FROM umbel_consumer WHERE id <> ?) AS lease_end`,
    [now, self]
  )
  const timeOf = (value: SqlValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined)
  return { due: timeOf(row?.['due']), leaseEnd: timeOf(row?.['lease_end']) }
}

export async function deleteWaiting(session: SqlSession, queue: string): Promise<number> {
  return session.run('DELETE FROM umbel_message WHERE queue = ? AND state IN (0, 1)', [queue])
}

export async function statQueue(session: SqlSession, queue: string, now: number): Promise<QueueStat> {
  const [row] = await session.all(
    `SELECT
      count(*) FILTER (WHERE state = 0 OR (state = 1 AND ready_at <= ?)) AS ready,
      count(*) FILTER (WHERE state = 1 AND ready_at > ?) AS delayed,
      count(*) FILTER (WHERE state = 2) AS unacked,
      min(ready_at) FILTER (WHERE state = 0) AS oldest
    FROM umbel_message WHERE queue = ? AND (expires_at IS NULL OR expires_at > ? OR state <> 0)`,
    [now, now, queue, now]
  )
  const [heard] = await session.all('SELECT count(*) AS consumers FROM umbel_listener WHERE queue = ?', [queue])
  const oldest = row?.['oldest']
  return {
    queue,
    ready: Number(row?.['ready']),
    unacked: Number(row?.['unacked']),
    delayed: Number(row?.['delayed']),
    consumers: Number(heard?.['consumers']),
    oldest: typeof oldest === 'number' ? Math.max(0, now - oldest) / 1000 : undefined
  }
}
