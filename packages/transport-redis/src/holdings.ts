import type { Scripts } from '@umbel/redis'
import { decodeEnvelope, type SettleOutcome, type StoreSettlement, type TakenMessage } from '@umbel/transport/virtual'
import { markRedelivered } from './envelope.js'
import { fanoutExchange } from './fanout.js'
import { readField, tailOf } from './fields.js'
import type { Keys } from './keys.js'
import type { Publisher } from './publisher.js'
import { RENEW, SETTLE, TAKE } from './scripts.js'

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

/** A field of ours, the envelope it holds, and whether it was begun. */
export interface HeldField {
  readonly field: string
  readonly text: string
  readonly begun: boolean
}

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
    const lists = [
      ...queues.map(queue => ({ key: keys.lost(queue), step: 0, queue, begun: 1 })),
      ...keys.steps.flatMap(step => queues.map(queue => ({ key: keys.list(queue, step), step, queue, begun: 0 })))
    ]
    const first = this.reserve(limit)
    const args = lists.flatMap(({ step, queue, begun }) => [step, queue, tailOf(queue), begun])
    const answer = await scripts.run(TAKE, {
      keys: [...keys.holding, ...lists.map(({ key }) => key)],
      args: [limit, lease, worker, first, ...args]
    })
    return this.admit(toFields(answer as readonly string[]))
  }

  /** So many numbers for fields; answers the one before the first. */
  reserve(count: number): number {
    const first = this.#number
    this.#number += count
    return first
  }

  /** These are ours from now on. */
  admit(fields: readonly HeldField[]): readonly TakenMessage[] {
    const taken: TakenMessage[] = []
    for (const { field, text, begun } of fields) {
      const known = readField(field)
      if (known === undefined) continue
      this.#held.set(field, { text, queue: known.queue, step: known.step })
      const marks = begun ? { started: true, redelivered: true } : {}
      taken.push({ ...decodeEnvelope(text), ...marks, queue: known.queue, id: field })
    }
    return taken
  }

  async settle(batch: readonly StoreSettlement[]): Promise<readonly SettleOutcome[]> {
    const { keys, scripts, lease } = this.#parts
    const calls = batch.map(settlement => this.#toCall(settlement))
    const args = calls.flatMap(call => (isCall(call) ? call : []))
    if (args.length === 0) return calls as readonly SettleOutcome[]
    const answers = (await scripts.run(SETTLE, {
      keys: [...keys.holding, keys.delayedIndex, keys.mover],
      args: [lease, ...args]
    })) as readonly number[]
    let place = 0
    return calls.map((call, index) => {
      if (!isCall(call)) return call
      const settlement = batch[index]
      if (settlement !== undefined && settlement.kind !== 'start') this.#held.delete(settlement.id)
      return answers[place++] === 1 ? 'done' : 'lost'
    })
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
    return [kind, id, puts.length, ...puts]
  }
}

function isCall(call: Call | SettleOutcome): call is Call {
  return Array.isArray(call)
}

/** From an answer of scripts: field, text, '1' if it was begun. */
export function toFields(answer: readonly string[]): readonly HeldField[] {
  const fields: HeldField[] = []
  for (let at = 0; at < answer.length; at += 3) {
    const [field = '', text = '', begun] = answer.slice(at, at + 3)
    fields.push({ field, text, begun: begun === '1' })
  }
  return fields
}
