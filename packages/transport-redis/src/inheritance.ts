import type { Scripts } from '@umbel/redis'
import type { Clock, Timer } from '@umbel/runtime'
import type { TakenMessage } from '@umbel/transport/virtual'
import { envelopeOf, readField } from './fields.js'
import type { HeldField, Holdings } from './holdings.js'
import type { Keys } from './keys.js'
import { ADOPT } from './scripts.js'

export interface InheritanceParts {
  readonly scripts: Scripts
  readonly keys: Keys
  readonly clock: Clock
  readonly holdings: Holdings
  /** What fields of this connection begin with, after `umbel:`. */
  readonly worker: string
  /** Seconds. */
  readonly lease: number
  /** Work that nobody waits for has failed. */
  readonly failed: (thrown: unknown) => void
}

/**
 * What the connections before this one held, of the same holder: handed over before anything else, and until then its leases
 * are renewed, as bodies that began with it may still run and no slot be free.
 */
export class Inheritance {
  readonly #parts: InheritanceParts
  #waiting: TakenMessage[] = []
  #timer: Timer | undefined
  #stopped = false

  constructor(parts: InheritanceParts) {
    this.#parts = parts
  }

  /** Takes over all fields that begin with `umbel:<holder>`. */
  async adopt(holder: string): Promise<void> {
    const { scripts, keys, holdings, worker, lease } = this.#parts
    const first = holdings.reserve(MOST)
    const answer = await scripts.run(ADOPT, {
      keys: keys.holding,
      args: [lease, worker, first, MOST, `umbel:${holder}`]
    })
    this.#waiting = holdings
      .admit(toFields(answer as readonly string[]))
      .map(message => ({ ...message, redelivered: true }))
    this.#renewLater()
  }

  take(queues: readonly string[], limit: number): readonly TakenMessage[] {
    if (this.#waiting.length === 0) return []
    const taken = this.#waiting.filter(({ queue }) => queues.includes(queue)).slice(0, limit)
    this.#waiting = this.#waiting.filter(message => !taken.includes(message))
    return taken
  }

  /** Answers what nobody asked for. */
  stop(): readonly TakenMessage[] {
    this.#stopped = true
    this.#timer?.cancel()
    return this.#waiting.splice(0)
  }

  #renewLater(): void {
    if (this.#stopped || this.#waiting.length === 0) return
    const { clock, lease, failed } = this.#parts
    const renew = (): void => void this.#renew().catch(failed)
    this.#timer = clock.setTimer((lease * 1000) / 3, renew, { keepAlive: false })
  }

  async #renew(): Promise<void> {
    const lost = await this.#parts.holdings.renew(this.#waiting.map(({ id }) => id))
    this.#waiting = this.#waiting.filter(({ id }) => !lost.includes(id))
    this.#renewLater()
  }
}

/** A worker never holds so many. */
const MOST = 100_000

/** From what `ADOPT` answers: field, value, '1' if it was begun. */
function toFields(answer: readonly string[]): readonly HeldField[] {
  const fields: HeldField[] = []
  for (let at = 0; at < answer.length; at += 3) {
    const [field = '', value = '', begun] = answer.slice(at, at + 3)
    const known = readField(field)
    if (known === undefined) continue
    const { queue, step } = known
    fields.push({ field, text: envelopeOf(value, queue), queue, step, begun: begun === '1' })
  }
  return fields
}
