import { type ChordPart, type CompletedJoin, joinProgress, orderParts } from '@umbel/backend'
import { decodeJson, encodeJson, type SignatureData } from '@umbel/protocol'
import { type Insertion, perDialect, type SqlRow, type SqlSession } from '@umbel/sql'
import { decodePart, type EncodedMeta } from './encoding.js'
import { type Lifetime, storeResults } from './results.js'

// The statements on joins, each for an open transaction. Touching a join locks it, so a step sees all before it.

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
  const opened: JoinState = { ...join, size: chord.size }
  if (isComplete(opened)) await saveProgress(session, { ...opened, completedAt: life.now })
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
  const joins = await touchAll(session, parts, life)
  const known = await knownParts(session, parts)
  const arrivals: EncodedPart[] = []
  const results: EncodedMeta[] = []
  const completing: boolean[] = []
  for (const item of parts) {
    const join = joins.get(item.part.groupId)
    const isNew = !known.has(keyOf(item))
    known.add(keyOf(item))
    if (isNew && item.part.store !== false) results.push(item.encoded)
    const counted = isNew && join?.completedAt === undefined
    if (counted) arrivals.push(item)
    completing.push(counted && join !== undefined && arrive(join, life))
  }
  await insertParts(session, arrivals)
  for (const join of joins.values()) await saveProgress(session, join)
  await storeResults(session, results, life)
  const outcomes: (CompletedJoin | undefined)[] = []
  for (const [index, { part }] of parts.entries())
    outcomes.push(completing[index] === true ? await readJoin(session, part.groupId) : undefined)
  return outcomes
}

/** In one order whatever the parts': two who touch the same joins must not wait for each other. */
async function touchAll(
  session: SqlSession,
  parts: readonly EncodedPart[],
  life: Lifetime
): Promise<ReadonlyMap<string, JoinState>> {
  const joins = new Map<string, JoinState>()
  for (const groupId of [...new Set(parts.map(({ part }) => part.groupId))].sort())
    joins.set(groupId, await touch(session, groupId, life))
  return joins
}

/** Of these parts, those that have arrived. */
async function knownParts(session: SqlSession, parts: readonly EncodedPart[]): Promise<Set<string>> {
  const groups = JSON.stringify(parts.map(({ part }) => part.groupId))
  const tasks = JSON.stringify(parts.map(({ encoded }) => encoded.taskId))
  const rows = await session.all(sql(session).knownParts, [groups, tasks])
  return new Set(rows.map(row => `${String(row['group_id'])}\n${String(row['task_id'])}`))
}

function keyOf({ part, encoded }: EncodedPart): string {
  return `${part.groupId}\n${encoded.taskId}`
}

/** Counts a part; true for the one that completes the join. */
function arrive(join: JoinState, { now }: Lifetime): boolean {
  join.arrived++
  if (!isComplete(join)) return false
  join.completedAt = now
  return true
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
  const ids = [JSON.stringify(groupIds)]
  await session.run(sql(session).confirm, ids)
  await session.run(sql(session).dropParts, ids)
}

const sql = perDialect(({ among }) => ({
  knownParts: `SELECT group_id, task_id FROM umbel_part WHERE group_id ${among} AND task_id ${among}`,
  confirm: `UPDATE umbel_join SET confirmed = 1, body = NULL WHERE completed_at IS NOT NULL AND group_id ${among}`,
  dropParts: `DELETE FROM umbel_part WHERE group_id ${among}
    AND group_id IN (SELECT group_id FROM umbel_join WHERE confirmed = 1)`
}))

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

const PARTS: Insertion = {
  table: 'umbel_part',
  columns: { group_id: 'text', task_id: 'text', position: 'bigint', meta: 'text', result: 'text' },
  conflict: ''
}

function insertParts(session: SqlSession, parts: readonly EncodedPart[]): Promise<void> {
  const rows = parts.map(({ part, encoded: { taskId, meta, result } }) => [
    part.groupId,
    taskId,
    part.index,
    meta,
    result
  ])
  return session.insert(PARTS, rows)
}

async function saveProgress(session: SqlSession, { groupId, arrived, completedAt }: JoinState): Promise<void> {
  await session.run('UPDATE umbel_join SET arrived = ?, completed_at = ? WHERE group_id = ?', [
    arrived,
    completedAt ?? null,
    groupId
  ])
}

/** Has it all its parts, and was not complete before? */
function isComplete({ size, grown, arrived, completedAt }: JoinState): boolean {
  return joinProgress({ size, grown, arrived, completed: completedAt !== undefined }).phase === 'completing'
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
