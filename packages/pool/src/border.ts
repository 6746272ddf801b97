import type { Message } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import { buffersOf, type Packed, packBodies, unpackBodies } from './bodies.js'

/** One array per lane. */
type Lanes<T> = { readonly [Lane in keyof T]: readonly unknown[] }
type Item<T extends Lanes<T>, Lane extends keyof T> = T[Lane][number]

/** The one thing that a border asks of a Worker or a MessagePort. */
export interface Port {
  postMessage(value: unknown, transfer: readonly ArrayBuffer[]): void
}

/** What becomes of an item that cannot be cloned: another in its place, or nothing. */
export type Substitutes<T extends Lanes<T>> = {
  readonly [Lane in keyof T]: (item: Item<T, Lane>, error: Error) => Item<T, Lane> | undefined
}

type Frame = { readonly [lane: string]: readonly unknown[] | Packed<HasMessage> }

interface HasMessage {
  readonly message: Message
}

/**
 * The sending half of the border between two threads: what is sent in one turn of the event loop travels as one
 * message. An item that cannot be cloned is replaced by its substitute and never harms its neighbours.
 */
export class Border<T extends Lanes<T>> {
  readonly #port: Port
  readonly #substitutes: Substitutes<T>
  #lanes: { [Lane in keyof T]?: Item<T, Lane>[] } = {}
  #scheduled = false

  constructor(port: Port, substitutes: Substitutes<T>) {
    this.#port = port
    this.#substitutes = substitutes
  }

  send<Lane extends keyof T>(lane: Lane, ...items: readonly Item<T, Lane>[]): void {
    const waiting = this.#lanes[lane]
    if (waiting === undefined) this.#lanes[lane] = [...items]
    else waiting.push(...items)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  /** Sends now what waits. */
  flush(): void {
    this.#scheduled = false
    const lanes = this.#lanes
    if (Object.keys(lanes).length === 0) return
    this.#lanes = {}
    try {
      this.#post(lanes)
    } catch {
      this.#post(this.#salvage(lanes))
    }
  }

  #post(lanes: { [Lane in keyof T]?: Item<T, Lane>[] }): void {
    const transfer: ArrayBuffer[] = []
    const frame: Record<string, Frame[string]> = {}
    for (const [lane, items] of Object.entries(lanes) as [string, unknown[]][]) {
      const packed = pack(items)
      frame[lane] = packed
      if ('slab' in packed) transfer.push(...buffersOf(packed))
    }
    this.#port.postMessage(frame, transfer)
  }

  #salvage(lanes: { [Lane in keyof T]?: Item<T, Lane>[] }): { [Lane in keyof T]?: Item<T, Lane>[] } {
    const salvaged: { [Lane in keyof T]?: Item<T, Lane>[] } = {}
    for (const lane of Object.keys(lanes) as (keyof T)[]) {
      const kept = (lanes[lane] ?? []).map(item => this.#cloneable(lane, item))
      salvaged[lane] = kept.filter(item => item !== undefined)
    }
    return salvaged
  }

  #cloneable<Lane extends keyof T>(lane: Lane, item: Item<T, Lane>): Item<T, Lane> | undefined {
    try {
      structuredClone(item)
      return item
    } catch (thrown) {
      return this.#substitutes[lane](item, toError(thrown))
    }
  }
}

/** What came over a border: an empty array for a lane that carried nothing. */
export function readLane<T extends Lanes<T>, Lane extends keyof T & string>(frame: unknown, lane: Lane): T[Lane] {
  const items = (frame as Frame)[lane] ?? []
  return ('slab' in items ? unpackBodies(items) : items) as T[Lane]
}

/** Only messages have bodies that need care. */
function pack(items: readonly unknown[]): readonly unknown[] | Packed<HasMessage> {
  return items.every(hasMessage) ? packBodies(items) : items
}

function hasMessage(item: unknown): item is HasMessage {
  return typeof item === 'object' && item !== null && 'message' in item && hasBody(item.message)
}

function hasBody(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'body' in message && ArrayBuffer.isView(message.body)
}
