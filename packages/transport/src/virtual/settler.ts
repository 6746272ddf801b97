import type { Outgoing, Settlement } from '../contract.js'
import type { ChannelHost } from './host.js'
import type { MessageRouter } from './routing.js'
import { SettleBuffer } from './settle-buffer.js'
import type { SettleOutcome, StoredMessage, StoreSettlement } from './store.js'
import type { VirtualSubscription } from './subscription.js'
import type { Held, Unsettled } from './unsettled.js'

/** One settlement of a batch whose tag is ours. */
interface Claim {
  readonly position: number
  readonly held: Held
  readonly settlement: Settlement
}

/** From tags to the store's batch verb and back: idempotent per tag, follow-ups routed, credit given free. */
export class Settler {
  readonly #host: ChannelHost
  readonly #router: MessageRouter
  readonly #unsettled: Unsettled
  readonly #buffer: SettleBuffer
  readonly #running = new Set<Promise<unknown>>()

  constructor(host: ChannelHost, router: MessageRouter, unsettled: Unsettled) {
    this.#host = host
    this.#router = router
    this.#unsettled = unsettled
    this.#buffer = new SettleBuffer(batch => host.attempt(() => host.store.settle(batch)))
  }

  /** Never rejects. */
  settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]> {
    const run = this.#settle(batch).finally(() => this.#running.delete(run))
    this.#running.add(run)
    return run
  }

  /** Resolves when every settlement so far is answered. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Puts back all that is unsettled, marked as redelivered. */
  async restoreAll(): Promise<void> {
    const batch = this.#unsettled.list().map(({ tag }) => ({ tag, kind: 'reject', requeue: true }) as const)
    if (batch.length > 0) await this.settle(batch)
  }

  async #settle(batch: readonly Settlement[]): Promise<readonly (Error | undefined)[]> {
    const errors: (Error | undefined)[] = batch.map(() => undefined)
    const claims = this.#claim(batch)
    if (claims.length === 0) return errors
    const followUps = await this.#route(claims)
    const ready = claims.filter((claim, index) => !this.#refuse(claim, followUps.errors[index], errors))
    const calls = ready.map(claim => toStoreSettlement(claim, followUps.stored.get(claim)))
    const outcomes = calls.length === 0 ? [] : await this.#buffer.add(calls)
    this.#conclude(ready, outcomes, errors)
    return errors
  }

  #claim(batch: readonly Settlement[]): readonly Claim[] {
    const claims: Claim[] = []
    batch.forEach((settlement, position) => {
      const held = this.#unsettled.claim(settlement.tag)
      if (held !== undefined) claims.push({ position, held, settlement })
    })
    return claims
  }

  /** What leaves together with an ack; a message that cannot be routed is its claim's error. */
  async #route(claims: readonly Claim[]): Promise<FollowUps> {
    const outgoings: Outgoing[] = []
    const owners: number[] = []
    claims.forEach(({ settlement }, index) => {
      for (const outgoing of settlement.kind === 'ack' ? (settlement.publish ?? []) : []) {
        outgoings.push(outgoing)
        owners.push(index)
      }
    })
    if (outgoings.length === 0) return NO_FOLLOW_UPS
    try {
      const routed = await this.#host.attempt(() => this.#router.route(outgoings))
      return collect(claims, owners, routed)
    } catch (error) {
      return { errors: claims.map(() => error as Error), stored: new Map() }
    }
  }

  #refuse(claim: Claim, error: Error | undefined, errors: (Error | undefined)[]): boolean {
    if (error === undefined) return false
    claim.held.settling = false
    errors[claim.position] = error
    return true
  }

  #conclude(claims: readonly Claim[], outcomes: readonly SettleOutcome[], errors: (Error | undefined)[]): void {
    const settled = new Map<VirtualSubscription, number>()
    const lost: Held[] = []
    claims.forEach((claim, index) => {
      const outcome = outcomes[index]
      if (outcome === 'done' && claim.settlement.kind === 'start') claim.held.settling = false
      else if (outcome === 'done') {
        this.#unsettled.remove(claim.held)
        settled.set(claim.held.subscription, (settled.get(claim.held.subscription) ?? 0) + 1)
      } else if (outcome === 'lost') lost.push(claim.held)
      else this.#refuse(claim, outcome, errors)
    })
    for (const [subscription, count] of settled) subscription.settled(count)
    this.lose(lost)
  }

  /** These deliveries are somebody else's now: their subscriptions are told. */
  lose(held: readonly Held[]): void {
    const tags = new Map<VirtualSubscription, number[]>()
    for (const item of held) {
      this.#unsettled.remove(item)
      const known = tags.get(item.subscription)
      if (known === undefined) tags.set(item.subscription, [item.tag])
      else known.push(item.tag)
    }
    for (const [subscription, list] of tags) subscription.lost(list)
  }
}

interface FollowUps {
  /** One per claim. */
  readonly errors: readonly (Error | undefined)[]
  readonly stored: ReadonlyMap<Claim, readonly StoredMessage[]>
}

const NO_FOLLOW_UPS: FollowUps = { errors: [], stored: new Map() }

function collect(
  claims: readonly Claim[],
  owners: readonly number[],
  routed: Awaited<ReturnType<MessageRouter['route']>>
): FollowUps {
  const errors: (Error | undefined)[] = claims.map(() => undefined)
  routed.errors.forEach((error, index) => {
    const owner = owners[index]
    if (owner !== undefined) errors[owner] ??= error
  })
  const stored = new Map<Claim, StoredMessage[]>()
  routed.stored.forEach((message, index) => {
    const claim = claims[owners[routed.origins[index] ?? -1] ?? -1]
    if (claim === undefined) return
    const list = stored.get(claim)
    if (list === undefined) stored.set(claim, [message])
    else list.push(message)
  })
  return { errors, stored }
}

function toStoreSettlement(
  { held: { id }, settlement }: Claim,
  put: readonly StoredMessage[] | undefined
): StoreSettlement {
  if (settlement.kind === 'start') return { id, kind: 'start' }
  if (settlement.kind === 'ack') return put === undefined ? { id, kind: 'forget' } : { id, kind: 'forget', put }
  if (!settlement.requeue) return { id, kind: 'forget' }
  return { id, kind: 'restore', redelivered: settlement.unspent !== true }
}
