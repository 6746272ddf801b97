import { READY_STATES, type ResultMeta } from '@umbel/protocol'
import type { SqlRow, SqlSession } from '@umbel/sql'
import { decode, type EncodedMeta } from './encoding.js'

// The statements on results, each for an open transaction.

/** When a write happens and when it ends, milliseconds since the epoch; null: never. */
export interface Lifetime {
  readonly now: number
  readonly expires: number | null
}

const FINAL = [...READY_STATES].map(state => `'${state}'`).join(', ')

/** As `mayReplace` of @umbel/backend says it. */
const STORE = `INSERT INTO umbel_result (id, status, seq, expires_at, meta, result) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, seq = excluded.seq, expires_at = excluded.expires_at, meta = excluded.meta, result = excluded.result
  WHERE umbel_result.status NOT IN (${FINAL}, 'ABORTED')
    OR (umbel_result.status <> 'SUCCESS' AND excluded.status IN (${FINAL}))
    OR umbel_result.expires_at <= ?`

/** Stores what precedence allows, in order. */
export async function storeResults(session: SqlSession, batch: readonly EncodedMeta[], life: Lifetime): Promise<void> {
  if (batch.length === 0) return
  let seq = await reserve(session, batch.length)
  for (const { taskId, status, meta, result } of batch)
    await session.run(STORE, [
      taskId,
      status,
      READY_STATES.has(status) ? ++seq : null,
      life.expires,
      meta,
      result,
      life.now
    ])
}

/** Answers the number before the first that is ours. */
async function reserve(session: SqlSession, count: number): Promise<number> {
  const [row] = await session.all('UPDATE umbel_result_sequence SET last = last + ? RETURNING last', [count])
  return Number(row?.['last']) - count
}

const ALIVE = '(expires_at IS NULL OR expires_at > ?)'

export async function loadResults(
  session: SqlSession,
  ids: readonly string[],
  now: number
): Promise<ReadonlyMap<string, SqlRow>> {
  if (ids.length === 0) return new Map()
  const rows = await session.all(
    `SELECT id, meta, result FROM umbel_result WHERE id IN (SELECT value FROM json_each(?)) AND ${ALIVE}`,
    [JSON.stringify(ids), now]
  )
  return new Map(rows.map(row => [String(row['id']), row]))
}

/** Those of the ids that are final. */
export async function loadFinal(
  session: SqlSession,
  ids: readonly string[],
  now: number
): Promise<readonly ResultMeta[]> {
  if (ids.length === 0) return []
  const rows = await session.all(
    `SELECT id, meta, result FROM umbel_result
      WHERE id IN (SELECT value FROM json_each(?)) AND seq IS NOT NULL AND ${ALIVE}`,
    [JSON.stringify(ids), now]
  )
  return rows.map(decode)
}

export interface News {
  readonly ids: readonly string[]
  /** Where to read on. */
  readonly last: number
}

/** What became final after that. */
export async function finalSince(session: SqlSession, last: number, limit: number): Promise<News> {
  const rows = await session.all('SELECT seq, id FROM umbel_result WHERE seq > ? ORDER BY seq LIMIT ?', [last, limit])
  return { ids: rows.map(row => String(row['id'])), last: Number(rows.at(-1)?.['seq'] ?? last) }
}

export async function lastSequence(session: SqlSession): Promise<number> {
  const [row] = await session.all('SELECT last FROM umbel_result_sequence')
  return Number(row?.['last'] ?? 0)
}

export async function forgetResults(session: SqlSession, ids: readonly string[]): Promise<void> {
  await session.run('DELETE FROM umbel_result WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)])
}

/** Drops expired rows; answers how many. */
export async function sweepTable(
  session: SqlSession,
  table: 'umbel_result' | 'umbel_group' | 'umbel_join',
  { now, limit }: { readonly now: number; readonly limit: number }
): Promise<number> {
  const chosen = `SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ?`
  if (table === 'umbel_join')
    await session.run(
      `DELETE FROM umbel_part WHERE group_id IN (SELECT group_id FROM umbel_join WHERE rowid IN (${chosen}))`,
      [now, limit]
    )
  return session.run(`DELETE FROM ${table} WHERE rowid IN (${chosen})`, [now, limit])
}
