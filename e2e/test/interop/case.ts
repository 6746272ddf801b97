import type { Call, Outcome, PlannedCase, Question } from '../../src/interop/call.js'
import type { Note } from '../../src/interop/fleet.js'
import type { Language, Place } from '../../src/interop/place.js'

/** What is looked at when a case has been run. */
export interface Seen {
  readonly outcome: Outcome
  readonly place: Place
  /** What the bodies wrote down under the id of the outcome. */
  readonly own: readonly Note[]
  /** What all bodies of the run wrote down. */
  readonly notes: readonly Note[]
}

/** One case: what a client does, and what must come of it. The same for both languages and all brokers. */
export interface InteropCase {
  readonly name: string
  readonly call: (place: Place, gate: string) => Call
  /** @throws what `expect` throws */
  readonly check: (seen: Seen) => void
  /** Who must have answered, where it is not the language whose queue it is; `any`: no body did, but a canvas. */
  readonly answers?: Language | 'both' | 'nobody' | 'any'
  /** Keys of notes, without their mark, that callbacks write when the result is there. */
  readonly later?: readonly string[]
  readonly watch?: string
  readonly unheard?: boolean
  readonly revoke?: PlannedCase['revoke']
  readonly ask?: (place: Place) => readonly Question[]
}
