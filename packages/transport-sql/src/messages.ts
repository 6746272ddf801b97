import type { SqlRow, SqlSession } from '@umbel/sql'
import type { QueueStat } from '@umbel/transport'
import { ENVELOPE_COLUMNS, type Envelope } from './envelope.js'
import { mark, state } from './schema.js'

// The statements on messages, each for an open transaction. Times are milliseconds since the epoch.

const INSERT = `INSERT INTO umbel_message
  (state, redelivered, id, queue, priority, ready_at, expires_at, exchange, routing_key, headers, properties, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`

/** One already there is left alone. */
export async function insertMessages(session: SqlSession, envelopes: readonly Envelope[], now: number): Promise<void> {
  const lifetimes = await readLifetimes(session)
  for (const { id, queue, priority, notBefore, repeated, lifetime, content } of envelopes) {
    const delayed = notBefore !== undefined && notBefore > now
    const readyAt = delayed ? notBefore : now
    const shortest = Math.min(lifetime ?? Number.POSITIVE_INFINITY, lifetimes.get(queue) ?? Number.POSITIVE_INFINITY)
    const expiresAt = Number.isFinite(shortest) ? readyAt + shortest : null
    const row = [delayed ? state.delayed : state.ready, repeated ? 1 : 0, id, queue, priority, readyAt, expiresAt]
    await session.run(INSERT, [...row, ...content])
  }
}

/** `x-message-ttl` of the queues that have one. */
async function readLifetimes(session: SqlSession): Promise<ReadonlyMap<string, number>> {
  const rows = await session.all('SELECT name, message_ttl FROM umbel_queue WHERE message_ttl IS NOT NULL')
  return new Map(rows.map(row => [String(row['name']), Number(row['message_ttl'])]))
}

/** Is there anything to take, or to make ready? A read, so that an idle bell costs no lock. */
export async function mayTake(session: SqlSession, queues: readonly string[], now: number): Promise<boolean> {
  const rows = await session.all(
    `SELECT 1 FROM json_each(?) AS wanted
      WHERE EXISTS (SELECT 1 FROM umbel_message WHERE queue = wanted.value AND state = 0)
    UNION ALL
    SELECT * FROM (SELECT 1 FROM umbel_message WHERE state = 1 AND ready_at <= ? LIMIT 1)
    LIMIT 1`,
    [JSON.stringify(queues), now]
  )
  return rows.length > 0
}

/** Makes ready what is due, and drops what nobody wants any more. */
export async function ripen(session: SqlSession, now: number): Promise<void> {
  await session.run('UPDATE umbel_message SET state = 0 WHERE state = 1 AND ready_at <= ?', [now])
  await session.run(
    'DELETE FROM umbel_message WHERE expires_at IS NOT NULL AND expires_at <= ? AND state = 0 AND redelivered < ?',
    [now, mark.started]
  )
}

const CLAIM = `UPDATE umbel_message SET state = 2, owner = ? WHERE seq IN (
  SELECT seq FROM umbel_message WHERE queue = ? AND state = 0 ORDER BY priority DESC, ready_at, seq LIMIT ?
) RETURNING ${ENVELOPE_COLUMNS}`

/** The first of a queue, in order. */
export async function claim(
  session: SqlSession,
  owner: number,
  from: { queue: string; limit: number }
): Promise<readonly SqlRow[]> {
  const rows = await session.all(CLAIM, [owner, from.queue, from.limit])
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
  return idsOf(
    await session.all(
      'DELETE FROM umbel_message WHERE owner = ? AND id IN (SELECT value FROM json_each(?)) RETURNING id',
      [owner, JSON.stringify(ids)]
    )
  )
}

/** Marks those that are the owner's; answers their ids. */
export async function markStarted(
  session: SqlSession,
  owner: number,
  ids: readonly string[]
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  return idsOf(
    await session.all(
      `UPDATE umbel_message SET redelivered = redelivered | ${mark.started}
        WHERE owner = ? AND id IN (SELECT value FROM json_each(?)) RETURNING id`,
      [owner, JSON.stringify(ids)]
    )
  )
}

/** Puts those back that are the owner's; answers their ids. */
export async function restoreOwned(
  session: SqlSession,
  owner: number,
  restore: { ids: readonly string[]; redelivered: boolean }
): Promise<ReadonlySet<string>> {
  if (restore.ids.length === 0) return new Set()
  const ids = JSON.stringify(restore.ids)
  const among = 'owner = ? AND id IN (SELECT value FROM json_each(?))'
  const gone = await session.all(`DELETE FROM umbel_message WHERE ${among} AND state = 3 RETURNING id`, [owner, ids])
  const back = await session.all(
    `UPDATE umbel_message SET state = 0, owner = NULL, redelivered = redelivered | ? WHERE ${among} RETURNING id`,
    [restore.redelivered ? mark.redelivered : 0, owner, ids]
  )
  return idsOf([...gone, ...back])
}

function idsOf(rows: readonly SqlRow[]): ReadonlySet<string> {
  return new Set(rows.map(row => String(row['id'])))
}

/** When the next delayed message is due. */
export async function nextDue(session: SqlSession): Promise<number | undefined> {
  const [row] = await session.all('SELECT min(ready_at) AS next FROM umbel_message WHERE state = 1')
  return typeof row?.['next'] === 'number' ? row['next'] : undefined
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
