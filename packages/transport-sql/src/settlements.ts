import type { SqlSession } from '@umbel/sql'
import type { GuardedDatabase } from './guarded-database.js'
import type { SettleOutcome, StoreSettlement } from '@umbel/transport/virtual'
import { type Envelope, toEnvelope } from './envelope.js'
import { deleteOwned, insertMessages, markStarted, restoreOwned } from './messages.js'

export interface Fence {
  readonly owner: number
  readonly now: () => number
}

/** All in one transaction, those of a kind in one statement. Only what is the owner's is touched. */
export async function settleAll(
  database: GuardedDatabase,
  batch: readonly StoreSettlement[],
  fence: Fence
): Promise<readonly SettleOutcome[]> {
  const followUps = batch.map(toFollowUps)
  const sound = batch.filter((_settlement, index) => !(followUps[index] instanceof Error))
  if (sound.length === 0) return followUps.filter(item => item instanceof Error)
  const loose = followUps.every(isEmpty) && (batch.every(isForget) || batch.every(isStart))
  return database.write(
    async session => {
      const done = await settle(session, sound, fence)
      const outcomes = batch.map(({ id }, index) => outcomeOf(followUps[index], done.delete(id)))
      await insertMessages(session, envelopesOf(followUps, outcomes), fence.now())
      return outcomes
    },
    { loose }
  )
}

/** What follows from those that were the owner's. */
function envelopesOf(followUps: readonly FollowUps[], outcomes: readonly SettleOutcome[]): readonly Envelope[] {
  return followUps.flatMap((item, index) => (item instanceof Error || outcomes[index] !== 'done' ? [] : item))
}

function outcomeOf(followUps: FollowUps | undefined, done: boolean): SettleOutcome {
  if (followUps instanceof Error) return followUps
  // The same id a second time is not ours any more.
  return done ? 'done' : 'lost'
}

type FollowUps = readonly Envelope[] | Error

function isEmpty(followUps: FollowUps): boolean {
  return !(followUps instanceof Error) && followUps.length === 0
}

function toFollowUps(settlement: StoreSettlement): FollowUps {
  const envelopes: Envelope[] = []
  for (const message of settlement.kind === 'forget' ? (settlement.put ?? []) : []) {
    const envelope = toEnvelope(message)
    if (!('content' in envelope)) return envelope
    envelopes.push(envelope)
  }
  return envelopes
}

/** Answers the ids that were the owner's. */
async function settle(session: SqlSession, batch: readonly StoreSettlement[], { owner }: Fence): Promise<Set<string>> {
  const forgotten = await deleteOwned(session, owner, idsOf(batch.filter(isForget)))
  const marked = await restoreOwned(session, owner, { ids: idsOf(batch.filter(isRestore(true))), redelivered: true })
  const unmarked = await restoreOwned(session, owner, {
    ids: idsOf(batch.filter(isRestore(false))),
    redelivered: false
  })
  const started = await markStarted(session, owner, idsOf(batch.filter(isStart)))
  return new Set([...forgotten, ...marked, ...unmarked, ...started])
}

function isForget(settlement: StoreSettlement): boolean {
  return settlement.kind === 'forget'
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
