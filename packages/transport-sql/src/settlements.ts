import type { SqlSession } from '@umbel/sql'
import type { GuardedDatabase } from './guarded-database.js'
import type { SettleOutcome, StoreSettlement } from '@umbel/transport/virtual'
import { type Envelope, toEnvelope } from './envelope.js'
import { deleteOwned, insertMessages, markStarted, restoreOwned } from './messages.js'

export interface Fence {
  readonly owner: number
  readonly now: () => number
}

type Outcome = SettleOutcome | undefined

/** All in one transaction, plain ones of a kind in one statement. Only what is the owner's is touched. */
export async function settleAll(
  database: GuardedDatabase,
  batch: readonly StoreSettlement[],
  fence: Fence
): Promise<readonly SettleOutcome[]> {
  const followUps = batch.map(toFollowUps)
  if (followUps.every(item => item instanceof Error)) return followUps
  return database.write(async session => {
    const plain = await settlePlain(session, batch, fence)
    const outcomes: SettleOutcome[] = []
    for (const [index, settlement] of batch.entries()) {
      const envelopes = followUps[index] ?? []
      outcomes.push(plain[index] ?? (await replace(session, settlement, { ...fence, envelopes })))
    }
    return outcomes
  })
}

function toFollowUps(settlement: StoreSettlement): readonly Envelope[] | Error {
  const envelopes: Envelope[] = []
  for (const message of settlement.kind === 'forget' ? (settlement.put ?? []) : []) {
    const envelope = toEnvelope(message)
    if (!('content' in envelope)) return envelope
    envelopes.push(envelope)
  }
  return envelopes
}

/** Answers undefined for those with follow-ups. */
async function settlePlain(
  session: SqlSession,
  batch: readonly StoreSettlement[],
  { owner }: Fence
): Promise<readonly Outcome[]> {
  const forgotten = await deleteOwned(session, owner, idsOf(batch.filter(isPlainForget)))
  const marked = await restoreOwned(session, owner, { ids: idsOf(batch.filter(isRestore(true))), redelivered: true })
  const unmarked = await restoreOwned(session, owner, {
    ids: idsOf(batch.filter(isRestore(false))),
    redelivered: false
  })
  const started = await markStarted(session, owner, idsOf(batch.filter(isStart)))
  // The same id a second time is not ours any more.
  const done = new Set([...forgotten, ...marked, ...unmarked, ...started])
  return batch.map(settlement => {
    if (settlement.kind === 'forget' && !isPlainForget(settlement)) return undefined
    return done.delete(settlement.id) ? 'done' : 'lost'
  })
}

/** Removes one and puts what follows from it. */
async function replace(
  session: SqlSession,
  { id }: StoreSettlement,
  step: Fence & { readonly envelopes: readonly Envelope[] | Error }
): Promise<SettleOutcome> {
  const { owner, now, envelopes } = step
  if (envelopes instanceof Error) return envelopes
  const forgotten = await deleteOwned(session, owner, [id])
  if (forgotten.size === 0) return 'lost'
  await insertMessages(session, envelopes, now())
  return 'done'
}

function isPlainForget(settlement: StoreSettlement): boolean {
  return settlement.kind === 'forget' && (settlement.put ?? []).length === 0
}

function isStart(settlement: StoreSettlement): boolean {
  return settlement.kind === 'start'
}

function isRestore(redelivered: boolean): (settlement: StoreSettlement) => boolean {
  return settlement => settlement.kind === 'restore' && settlement.redelivered === redelivered
}

function idsOf(batch: readonly StoreSettlement[]): readonly string[] {
  return batch.map(settlement => settlement.id)
}
