import type { Call, TaskCall } from '../../src/interop/call.js'
import type { Language, Place } from '../../src/interop/place.js'

const LANGUAGES = ['python', 'typescript'] as const
const DEPTH = 3

/** A canvas, and what comes of it. */
export interface RandomCanvas {
  readonly call: Call
  readonly value: unknown
}

/** Chains, groups and chords nested at random, tasks of both languages anywhere in them. The same for a seed. */
export function randomCanvases(
  place: Place,
  { count, seed }: { count: number; seed: number }
): readonly RandomCanvas[] {
  const maker = new Maker(place, seed)
  return many(count, () => {
    const call = maker.make(DEPTH, true)
    return { call, value: valueOf(call) }
  })
}

class Maker {
  readonly #place: Place
  #state: number
  #tags = 0

  constructor(place: Place, seed: number) {
    this.#place = place
    this.#state = seed
  }

  /** `group`: it may end in a group; as a member of another it may not, for Celery spreads that out. */
  make(depth: number, group: boolean): Call {
    const draw = this.#random()
    if (depth === 0 || draw < 0.25) return this.#task()
    if (draw < 0.6) return this.#chain(depth, group)
    if (draw < 0.8 && group) return { group: this.#members(depth, 2) }
    return { chord: this.#members(depth, 1), body: this.make(Math.min(1, depth - 1), false) }
  }

  #chain(depth: number, group: boolean): Call {
    const length = 2 + this.#below(3)
    return { chain: many(length, index => this.make(depth - 1, index < length - 1 || group)) }
  }

  /** Not one alone in a group: in a chain that is no group. */
  #members(depth: number, least: number): readonly Call[] {
    return many(least + this.#below(2), () => this.make(depth - 1, false))
  }

  #task(): TaskCall {
    const language = LANGUAGES[this.#below(LANGUAGES.length)] as Language
    const options = { queue: this.#place.queue(language) }
    return { task: 'interop.echo', args: [`t${this.#tags++}`], options, immutable: this.#random() < 0.1 }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #random(): number {
    this.#state = (this.#state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return this.#state / 2 ** 32
  }
}

/** What a canvas of `interop.echo` gives, which answers its three arguments. */
function valueOf(call: Call, ...before: readonly [unknown?]): unknown {
  if ('chain' in call)
    return call.chain.reduce<readonly [unknown?]>((value, step) => [valueOf(step, ...value)], before)[0]
  if ('group' in call) return call.group.map(member => valueOf(member, ...before))
  if ('chord' in call)
    return valueOf(
      call.body,
      call.chord.map(member => valueOf(member, ...before))
    )
  const { args = [], immutable = false } = call as TaskCall
  const given = immutable ? args : [...before, ...args]
  return [0, 1, 2].map(index => given[index] ?? null)
}

function many<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
