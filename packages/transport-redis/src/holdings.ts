import type { Scripts } from '@umbel/redis'
import {
  decodeEnvelope,
  type OpenedEnvelope,
  type SettleOutcome,
  type StoreSettlement,
  type TakenMessage
} from '@umbel/transport/virtual'
import { markRedelivered } from './envelope.js'
import { fanoutExchange } from './fanout.js'
import { fieldOf, tailOf } from './fields.js'
import { SETTLE, TAKE } from './holding-scripts.js'
import type { Keys } from './keys.js'
import type { Publisher } from './publisher.js'
import { RENEW } from './scripts.js'

export interface HoldingsParts {
  readonly scripts: Scripts
  readonly keys: Keys
  readonly publisher: Publisher
  /** What its fields begin with, after `umbel:`. */
  readonly worker: string
  /** Seconds. */
  readonly lease: number
  /** Work that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void
}

interface Held {
  readonly text: string
  readonly queue: string
  readonly step: number
}

/** A field of ours, where its message came from, the envelope that it holds, and whether it was begun. */
export interface HeldField extends Held {
  readonly field: string
  readonly begun: boolean
}

interface List {
  readonly key: string
  readonly step: number
  readonly queue: string
  readonly begun: boolean
}

/** What the script is to do: `[field]` alone is to be forgotten. */
type Call = readonly (string | number)[]

/** What one connection has taken from lists, each under a field of its own. */
export class Holdings {
  readonly #parts: HoldingsParts
  readonly #held = new Map<string, Held>()
  #number = 0

  constructor(parts: HoldingsParts) {
    this.#parts = parts
  }

  async take(queues: readonly string[], limit: number): Promise<readonly TakenMessage[]> {
    const { scripts, keys, worker, lease } = this.#parts
    const lists = this.#listsOf(queues)
    const first = this.reserve(limit)
    const args = lists.flatMap(({ step, queue, begun }) => [step, queue, tailOf(queue), begun ? 1 : 0])
    const answer = await scripts.run(TAKE, {
      keys: [...keys.holding, ...lists.map(({ key }) => key)],
      args: [limit, lease, worker, first, ...args]
    })
    return this.admit(this.#toFields(answer as readonly (string | number)[], lists, first))
  }

  /** So many numbers for fields; answers the one before the first. */
  reserve(count: number): number {
    const first = this.#number
    this.#number += count
    return first
  }

  /** These are ours from now on. */
  admit(fields: readonly HeldField[]): readonly TakenMessage[] {
    return fields.map(held => {
      const { field: id, queue, begun } = held
      this.#held.set(id, held)
      const opened = decodeEnvelope(held.text)
      return begun ? { ...opened, queue, id, started: true, redelivered: true } : takenAs(id, queue, opened)
    })
  }

  async settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    const { keys, scripts, lease } = this.#parts
    const calls = batch.map(settlement => this.#toCall(settlement))
    const order = [...placesOf(calls, isAck), ...placesOf(calls, call => isCall(call) && !isAck(call))]
    if (order.length === 0) return calls as readonly SettleOutcome[]
    const acks = calls.filter(isAck).length
    const lost = (await scripts.run(SETTLE, {
      keys: [...keys.holding, keys.delayedIndex, keys.mover],
      args: [lease, acks, ...order.flatMap(place => calls[place] as Call)]
    })) as readonly number[]
    for (const { id, kind } of order.flatMap(place => batch[place] ?? [])) if (kind !== 'start') this.#held.delete(id)
    const outcomes = calls.map((call): SettleOutcome => (isCall(call) ? 'done' : call))
    for (const place of lost) outcomes[order[place] ?? -1] = 'lost'
    return outcomes
  }

  /** Answers those that are not ours any more. */
  async renew(fields: readonly string[]): Promise<readonly string[]> {
    if (fields.length === 0) return []
    const { scripts, keys, lease } = this.#parts
    const { unackedIndex, startedIndex } = keys
    const lost = await scripts.run(RENEW, { keys: [unackedIndex, startedIndex], args: [lease, ...fields] })
    for (const field of lost as readonly string[]) this.#held.delete(field)
    return lost as readonly string[]
  }

  /** An outcome where nothing needs asking. */
  #toCall(settlement: StoreSettlement): Call | SettleOutcome {
    const { keys, publisher } = this.#parts
    const { id, kind } = settlement
    const held = this.#held.get(id)
    if (held === undefined) return 'lost'
    if (kind === 'start') return [kind, id, 0]
    if (kind === 'restore') {
      const text = settlement.redelivered ? markRedelivered(held.text) : held.text
      return [kind, id, 4, keys.list(held.queue, held.step), text, keys.lost(held.queue), held.text]
    }
    const puts: (string | number)[] = []
    for (const stored of settlement.put ?? []) {
      const text = publisher.toText(stored)
      if (typeof text !== 'string') return text
      // Told before the ack: a broadcast cannot be taken back, but an ack may be refused.
      if (fanoutExchange(stored.queue) === undefined) puts.push(...publisher.toPut({ stored, text }, false))
      else this.#parts.background(publisher.pushPlain([{ stored, text }]))
    }
    return puts.length === 0 ? [id] : [kind, id, puts.length, ...puts]
  }

  /** In the order in which they are served: what others began, then step by step. */
  #listsOf(queues: readonly string[]): readonly List[] {
    const { keys } = this.#parts
    return [
      ...queues.map(queue => ({ key: keys.lost(queue), step: 0, queue, begun: true })),
      ...keys.steps.flatMap(step => queues.map(queue => ({ key: keys.list(queue, step), step, queue, begun: false })))
    ]
  }

  /** What `TAKE` answers: the place of a list, how many, and these. */
  #toFields(answer: readonly (string | number)[], lists: readonly List[], first: number): readonly HeldField[] {
    const { worker } = this.#parts
    const fields: HeldField[] = []
    let number = first
    for (let at = 0; at < answer.length; ) {
      const [list, count] = [lists[Number(answer[at])], Number(answer[at + 1])]
      if (list === undefined) break
      const { step, queue, begun } = list
      for (const text of answer.slice(at + 2, at + 2 + count)) {
        const field = fieldOf({ worker, number: ++number, step, queue })
        fields.push({ field, text: String(text), queue, step, begun })
      }
      at += 2 + count
    }
    return fields
  }
}

/** Field by field: a spread took 3 µs of a message. */
function takenAs(id: string, queue: string, opened: OpenedEnvelope): TakenMessage {
  const { exchange, routingKey, message, redelivered, problem } = opened
  const taken = { id, queue, exchange, routingKey, message, redelivered }
  return problem === undefined ? taken : { ...taken, problem }
}

function isCall(call: Call | SettleOutcome): call is Call {
  return Array.isArray(call)
}

function isAck(call: Call | SettleOutcome): boolean {
  return isCall(call) && call.length === 1
}

function placesOf(
  calls: readonly (Call | SettleOutcome)[],
  wanted: (call: Call | SettleOutcome) => boolean
): readonly number[] {
  return calls.flatMap((call, place) => (wanted(call) ? [place] : []))
}
