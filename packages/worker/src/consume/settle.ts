import { toError } from '@umbel/runtime'
import type { Settlement } from '@umbel/transport'
import type { HeldDelivery, SettlementKind, Settler } from './held.js'

/** What the broker is to be told of one delivery. */
export interface Closing {
  readonly held: HeldDelivery
  readonly how: SettlementKind
}

interface Claim {
  readonly position: number
  readonly settlement: Settlement
}

/** Tells the broker, one batch per connection; what is settled already is passed over. Never rejects: one answer each. */
export async function settleAll(batch: readonly Closing[]): Promise<readonly (Error | undefined)[]> {
  const answers: (Error | undefined)[] = batch.map(() => undefined)
  const work = [...claimsOf(batch)].map(async ([settler, claims]) => {
    const outcomes = await attempt(settler, claims)
    claims.forEach(({ position }, index) => {
      answers[position] = outcomes[index]
    })
  })
  await Promise.all(work)
  return answers
}

function claimsOf(batch: readonly Closing[]): ReadonlyMap<Settler, readonly Claim[]> {
  const claims = new Map<Settler, Claim[]>()
  batch.forEach(({ held, how }, position) => {
    const settlement = held.claim(how)
    if (settlement === undefined) return
    const list = claims.get(held.settler)
    if (list === undefined) claims.set(held.settler, [{ position, settlement }])
    else list.push({ position, settlement })
  })
  return claims
}

async function attempt(settler: Settler, claims: readonly Claim[]): Promise<readonly (Error | undefined)[]> {
  try {
    return await settler.settle(claims.map(({ settlement }) => settlement))
  } catch (thrown) {
    const error = toError(thrown)
    return claims.map(() => error)
  }
}
