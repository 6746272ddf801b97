import { READY_STATES, UNREADY_STATES, type ResultMeta } from '@umbel/protocol'
import { textFlaw } from '@umbel/runtime'
import { type Insertion, perDialect, type SqlRow, type SqlSession } from '@umbel/sql'
import { decode, type EncodedMeta } from './encoding.js'
import { numbering } from './news.js'
import { topicOf } from './topics.js'

// The statements on results, each for an open transaction.

/** When a write happens and when it ends, milliseconds since the epoch; null: never. */
export interface Lifetime {
  readonly now: number
  readonly expires: number | null
}

const FINAL = listOf(READY_STATES)
const UNREADY = listOf(UNREADY_STATES)

const insertion = perDialect(
  (dialect): Insertion => ({
    table: 'umbel_result',
    columns: { id: 'text', status: 'text', expires_at: 'bigint', meta: 'text', result: 'text' },
    also: { seq: numbering({ dialect }).current },
    // As `mayReplace` of @umbel/backend says it.
    conflict: `ON CONFLICT (id) DO UPDATE SET
      status = excluded.status, seq = excluded.seq, expires_at = excluded.expires_at, meta = excluded.meta, result = excluded.result
    WHERE umbel_result.status IN (${UNREADY})
      OR (umbel_result.status NOT IN (${FINAL}, 'ABORTED') AND excluded.status <> 'STARTED')
      OR (umbel_result.status <> 'SUCCESS' AND excluded.status IN (${FINAL}))
      OR umbel_result.expires_at <= ?`
  })
)

function listOf(states: ReadonlySet<string>): string {
  return [...states].map(state => `'${state}'`).join(', ')
}

/** Stores what precedence allows, in order. */
export async function storeResults(session: SqlSession, batch: readonly EncodedMeta[], life: Lifetime): Promise<void> {
  if (batch.length === 0) return
  const { next } = numbering(session)
  if (next !== undefined) await session.run(next)
  for (const wave of waves(batch))
    await session.insert(
      insertion(session),
      wave.map(({ taskId, status, meta, result }) => [taskId, status, life.expires, meta, result]),
      [life.now]
    )
  session.announce(batch.filter(({ status }) => READY_STATES.has(status)).map(({ taskId }) => topicOf(taskId)))
}

/** One statement changes a row once: states of one task that come together go into it one after the other. */
function waves(batch: readonly EncodedMeta[]): readonly (readonly EncodedMeta[])[] {
  const rounds: EncodedMeta[][] = []
  const counts = new Map<string, number>()
  for (const meta of batch) {
    const round = counts.get(meta.taskId) ?? 0
    counts.set(meta.taskId, round + 1)
    const wave = (rounds[round] ??= [])
    wave.push(meta)
  }
  return rounds
}

const ALIVE = '(expires_at IS NULL OR expires_at > ?)'

const sql = perDialect(({ among, unlocked }) => ({
  load: `SELECT id, meta, result FROM umbel_result WHERE id ${among} AND ${ALIVE}`,
  loadFinal: `SELECT id, meta, result FROM umbel_result WHERE id ${among} AND status IN (${FINAL}) AND ${ALIVE}`,
  forget: `DELETE FROM umbel_result WHERE id ${among}`,
  forgetParts: `DELETE FROM umbel_part WHERE group_id ${among}`,
  sweep: ({ table, key }: SweptTable) =>
    `DELETE FROM ${table} WHERE ${key} ${unlocked(`SELECT ${key} FROM ${table} WHERE expires_at <= ? LIMIT ?`)} RETURNING ${key}`
}))

export async function loadResults(
  session: SqlSession,
  ids: readonly string[],
  now: number
): Promise<ReadonlyMap<string, SqlRow>> {
  if (ids.length === 0) return new Map()
  const rows = await session.all(sql(session).load, [JSON.stringify(ids.filter(isStorable)), now])
  return new Map(rows.map(row => [String(row['id']), row]))
}

/** Those of the ids that are final. */
export async function loadFinal(
  session: SqlSession,
  ids: readonly string[],
  now: number
): Promise<readonly ResultMeta[]> {
  if (ids.length === 0) return []
  const rows = await session.all(sql(session).loadFinal, [JSON.stringify(ids.filter(isStorable)), now])
  return rows.map(decode)
}

export async function forgetResults(session: SqlSession, ids: readonly string[]): Promise<void> {
  await session.run(sql(session).forget, [JSON.stringify(ids.filter(isStorable))])
}

/** Nothing was ever stored under other ids; and a database may refuse even to look for them. */
function isStorable(id: string): boolean {
  return textFlaw(id) === undefined
}

export interface SweptTable {
  readonly table: 'umbel_result' | 'umbel_group' | 'umbel_join'
  readonly key: 'id' | 'group_id'
}

/** Drops expired rows; answers how many. */
export async function sweepTable(
  session: SqlSession,
  swept: SweptTable,
  { now, limit }: { readonly now: number; readonly limit: number }
): Promise<number> {
  const dropped = await session.all(sql(session).sweep(swept), [now, limit])
  const groups = dropped.flatMap(row => (swept.key === 'group_id' ? [row['group_id']] : []))
  if (groups.length > 0) await session.run(sql(session).forgetParts, [JSON.stringify(groups)])
  return dropped.length
}
