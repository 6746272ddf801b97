import type { Message } from '@umbel/protocol'
import type { Queue } from '@umbel/transport'
import { Deque } from './store-deque.js'
import { Heap } from './store-heap.js'

/** A message in the store, from `put` until it is forgotten. */
export interface Entry {
  readonly id: string
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly message: Message
  readonly priority: number
  /** Milliseconds since the epoch. */
  readonly readyAt: number
  /** Milliseconds since the epoch, undefined: never. */
  readonly expiresAt: number | undefined
  /** Its place among the ready, given when it became ready. */
  place: number
  redelivered: boolean
  started: boolean
  /** Who holds it. */
  lease: Lease | undefined
}

export interface Lease {
  readonly owner: object
  /** Milliseconds since the epoch; Infinity as long as the owner lives. */
  until: number
}

const PRIORITIES = 10

/** One queue: ten levels of ready messages, and those that wait for their time. Higher priority numbers go first. */
export class MemoryQueue {
  /** undefined until declared: a message sent to its name has made it. */
  definition: Queue | undefined
  /** The connection whose exclusive queue it is. */
  owner: object | undefined
  readonly #levels = Array.from({ length: PRIORITIES }, () => new Deque<Entry>())
  readonly #delayed = new Heap<Entry>((a, b) => a.readyAt < b.readyAt || (a.readyAt === b.readyAt && a.place < b.place))
  #ready = 0
  #lastPlace = 0

  get ready(): number {
    return this.#ready
  }

  get delayed(): number {
    return this.#delayed.size
  }

  /** When the next delayed message is due, milliseconds since the epoch. */
  get nextDue(): number | undefined {
    return this.#delayed.peek()?.readyAt
  }

  /** When the oldest ready message became ready. */
  get oldest(): number | undefined {
    const times = this.#levels.flatMap(level => level.first()?.readyAt ?? [])
    return times.length === 0 ? undefined : Math.min(...times)
  }

  append(entry: Entry): void {
    entry.place = ++this.#lastPlace
    this.#level(entry).push(entry)
    this.#ready++
  }

  delay(entry: Entry): void {
    entry.place = ++this.#lastPlace
    this.#delayed.push(entry)
  }

  /** Back to its place among those that came back before, in front of those that never left. Latest first, please. */
  restore(entry: Entry): void {
    const level = this.#level(entry)
    const older: Entry[] = []
    for (let first = level.first(); first !== undefined && first.place < entry.place; first = level.first())
      older.push(level.shift() as Entry)
    level.unshift(entry)
    while (older.length > 0) level.unshift(older.pop() as Entry)
    this.#ready++
  }

  /** The first of each level, where it has outlived its time: answers them for good. */
  expire(now: number): readonly Entry[] {
    const expired: Entry[] = []
    for (const level of this.#levels)
      for (let first = level.first(); isExpired(first, now); first = level.first()) expired.push(level.shift() as Entry)
    this.#ready -= expired.length
    return expired
  }

  /** The next by priority, then age. */
  shift(): Entry | undefined {
    if (this.#ready === 0) return undefined
    this.#ready--
    for (let level = PRIORITIES - 1; level >= 0; level--) {
      const entry = this.#levels[level]?.shift()
      if (entry !== undefined) return entry
    }
    return undefined
  }

  /** Makes ready what is due; answers how many. */
  ripen(now: number): number {
    let count = 0
    for (let due = this.#delayed.peek(); due !== undefined && due.readyAt <= now; due = this.#delayed.peek()) {
      this.#delayed.pop()
      this.append(due)
      count++
    }
    return count
  }

  clear(): readonly Entry[] {
    this.#ready = 0
    return [...this.#levels.flatMap(level => level.clear()), ...this.#delayed.clear()]
  }

  #level(entry: Entry): Deque<Entry> {
    return this.#levels[entry.priority] as Deque<Entry>
  }
}

function isExpired(entry: Entry | undefined, now: number): boolean {
  return entry?.expiresAt !== undefined && !entry.started && entry.expiresAt <= now
}

/** 0..9; a number beyond is the nearest, what is no number is 0. */
export function clampPriority(priority: unknown): number {
  if (typeof priority !== 'number' || Number.isNaN(priority)) return 0
  return Math.max(0, Math.min(PRIORITIES - 1, Math.trunc(priority)))
}
