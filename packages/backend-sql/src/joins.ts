import { type ChordPart, type CompletedJoin, joinProgress, orderParts } from '@umbel/backend'
import { decodeJson, encodeJson, type SignatureData } from '@umbel/protocol'
import type { SqlRow, SqlSession } from '@umbel/sql'
import { decodePart, type EncodedMeta } from './encoding.js'
import { type Lifetime, storeResults } from './results.js'

// The statements on joins, each for an open transaction: there is one writer at a time, so a step sees all before it.

interface JoinState {
  readonly groupId: string
  readonly size: number | undefined
  readonly grown: number
  arrived: number
  completedAt: number | undefined
}

/** Opens it unless it is open; complete at once where all parts are there. */
export async function openJoin(
  session: SqlSession,
  chord: { readonly groupId: string; readonly size: number; readonly body: SignatureData },
  life: Lifetime
): Promise<void> {
  const join = await touch(session, chord.groupId, life)
  if (join.size !== undefined) return
  await session.run('UPDATE umbel_join SET size = ?, body = ? WHERE group_id = ?', [
    chord.size,
    encodeJson(chord.body, { path: 'body' }),
    chord.groupId
  ])
  await advance(session, { ...join, size: chord.size }, life)
}

export async function growJoin(
  session: SqlSession,
  groupId: string,
  { by, life }: { by: number; life: Lifetime }
): Promise<void> {
  await touch(session, groupId, life)
  await session.run('UPDATE umbel_join SET grown = grown + ? WHERE group_id = ?', [by, groupId])
}

export interface EncodedPart {
  readonly part: ChordPart
  readonly encoded: EncodedMeta
}

/** Stores the results and counts the parts; answers each part that completes a join with that join. */
export async function storeJoinParts(
  session: SqlSession,
  parts: readonly EncodedPart[],
  life: Lifetime
): Promise<readonly (CompletedJoin | undefined)[]> {
  const joins = new Map<string, JoinState>()
  const outcomes: (CompletedJoin | undefined)[] = []
  const results: EncodedMeta[] = []
  for (const item of parts) {
    const { groupId, meta, store = true } = item.part
    const join = joins.get(groupId) ?? (await touch(session, groupId, life))
    joins.set(groupId, join)
    const known = await hasPart(session, groupId, meta.task_id)
    if (store && !known) results.push(item.encoded)
    const counted = !known && join.completedAt === undefined
    if (counted) await insertPart(session, item, join)
    const complete = counted && (await advance(session, join, life))
    outcomes.push(complete ? await readJoin(session, groupId) : undefined)
  }
  await storeResults(session, results, life)
  return outcomes
}

/** Milliseconds since the epoch. */
interface PendingSince {
  readonly since: number
  readonly now: number
}

const PENDING =
  'completed_at IS NOT NULL AND confirmed = 0 AND completed_at <= ? AND (expires_at IS NULL OR expires_at > ?)'

/** Complete, or last claimed, at `since` or before, and not confirmed. */
export async function pendingJoins(
  session: SqlSession,
  { since, now }: PendingSince
): Promise<readonly CompletedJoin[]> {
  const rows = await session.all(`SELECT group_id FROM umbel_join WHERE ${PENDING} ORDER BY completed_at`, [since, now])
  const joins: CompletedJoin[] = []
  for (const row of rows) joins.push(await readJoin(session, String(row['group_id'])))
  return joins
}

/** The same become as if they had completed now: nobody else finds them for a while. Answers their ids. */
export async function claimJoins(session: SqlSession, { since, now }: PendingSince): Promise<ReadonlySet<string>> {
  const claim = `UPDATE umbel_join SET completed_at = ? WHERE ${PENDING} RETURNING group_id`
  const rows = await session.all(claim, [now, since, now])
  return new Set(rows.map(row => String(row['group_id'])))
}

export async function confirm(session: SqlSession, groupIds: readonly string[]): Promise<void> {
  const ids = JSON.stringify(groupIds)
  const among = 'group_id IN (SELECT value FROM json_each(?))'
  await session.run(`UPDATE umbel_join SET confirmed = 1, body = NULL WHERE completed_at IS NOT NULL AND ${among}`, [
    ids
  ])
  await session.run(
    `DELETE FROM umbel_part WHERE ${among} AND group_id IN (SELECT group_id FROM umbel_join WHERE confirmed = 1)`,
    [ids]
  )
}

/** The join, made if there is none or if it has expired; every touch prolongs it. */
async function touch(session: SqlSession, groupId: string, { now, expires }: Lifetime): Promise<JoinState> {
  const dropped = await session.run('DELETE FROM umbel_join WHERE group_id = ? AND expires_at <= ?', [groupId, now])
  if (dropped > 0) await session.run('DELETE FROM umbel_part WHERE group_id = ?', [groupId])
  const [row] = await session.all(
    `INSERT INTO umbel_join (group_id, expires_at) VALUES (?, ?)
      ON CONFLICT (group_id) DO UPDATE SET expires_at = excluded.expires_at
      RETURNING size, grown, arrived, completed_at`,
    [groupId, expires]
  )
  return {
    groupId,
    size: numberOf(row, 'size'),
    grown: numberOf(row, 'grown') ?? 0,
    arrived: numberOf(row, 'arrived') ?? 0,
    completedAt: numberOf(row, 'completed_at')
  }
}

async function hasPart(session: SqlSession, groupId: string, taskId: string): Promise<boolean> {
  const rows = await session.all('SELECT 1 FROM umbel_part WHERE group_id = ? AND task_id = ?', [groupId, taskId])
  return rows.length > 0
}

async function insertPart(session: SqlSession, { part, encoded }: EncodedPart, join: JoinState): Promise<void> {
  await session.run('INSERT INTO umbel_part (group_id, task_id, position, meta, result) VALUES (?, ?, ?, ?, ?)', [
    part.groupId,
    encoded.taskId,
    part.index,
    encoded.meta,
    encoded.result
  ])
  join.arrived++
  await session.run('UPDATE umbel_join SET arrived = ? WHERE group_id = ?', [join.arrived, part.groupId])
}

/** Marks it complete where it now is; true for the step that does. */
async function advance(session: SqlSession, join: JoinState, { now }: Lifetime): Promise<boolean> {
  const { size, grown, arrived, completedAt } = join
  const { phase } = joinProgress({ size, grown, arrived, completed: completedAt !== undefined })
  if (phase !== 'completing') return false
  join.completedAt = now
  await session.run('UPDATE umbel_join SET completed_at = ? WHERE group_id = ?', [now, join.groupId])
  return true
}

async function readJoin(session: SqlSession, groupId: string): Promise<CompletedJoin> {
  const [join] = await session.all('SELECT body FROM umbel_join WHERE group_id = ?', [groupId])
  const rows = await session.all(
    'SELECT task_id AS id, position, meta, result FROM umbel_part WHERE group_id = ? ORDER BY arrival',
    [groupId]
  )
  const parts = orderParts(rows.map(row => ({ index: numberOf(row, 'position') ?? null, meta: decodePart(row) })))
  const body = decodeJson(String(join?.['body'])) as SignatureData
  return { groupId, body, parts: parts.map(part => part.meta) }
}

function numberOf(row: SqlRow | undefined, column: string): number | undefined {
  const value = row?.[column]
  return typeof value === 'number' ? value : undefined
}
