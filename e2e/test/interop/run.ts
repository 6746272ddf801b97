import { join } from 'node:path'
import type { Outcome } from '../../src/interop/call.js'
import type { Fleet, Note } from '../../src/interop/fleet.js'
import type { Direction, Language, Place } from '../../src/interop/place.js'
import { until } from '../../src/until.js'
import type { InteropCase, Seen } from './case.js'

/** Runs all cases by one client, at once. Answers what is seen of each, by name. */
export async function runCases(
  fleet: Fleet,
  cases: readonly InteropCase[],
  direction: Direction
): Promise<ReadonlyMap<string, Seen>> {
  const { client, served, protocol = 2 } = direction
  const place = fleet.place(served)
  const plan = cases.map(({ name, call, watch, unheard, revoke, ask }, index) => {
    const gate = join(fleet.folder, 'gates', `${client}-${served}-${protocol}-${index}`)
    return { name, call: call(place, gate), gate, watch, unheard, revoke, ask: ask?.(place) }
  })
  const outcomes = await fleet.call(plan, direction)
  const notes = await allNotes(fleet, cases, { place, outcomes })
  return new Map(
    outcomes.map(outcome => {
      const own = notes.filter(({ id }) => id === outcome.id)
      return [outcome.name, { outcome, place, notes, own }]
    })
  )
}

/** Callbacks, and tasks that nobody waits for, may still be running: they are waited for, and their absence is left to the cases. */
async function allNotes(
  fleet: Fleet,
  cases: readonly InteropCase[],
  { place, outcomes }: { readonly place: Place; readonly outcomes: readonly Outcome[] }
): Promise<readonly Note[]> {
  const keys = cases.flatMap(({ later = [] }) => later.map(key => `${place.mark} ${key}`))
  const ids = cases
    .filter(({ unheard }) => unheard === true)
    .map(({ name }) => outcomes.find(each => each.name === name)?.id)
  const complete = async (): Promise<readonly Note[] | undefined> => {
    const notes = await fleet.notes()
    const written = new Set(notes.flatMap(({ id, key }) => [id, key]))
    return [...keys, ...ids].every(each => written.has(each)) ? notes : undefined
  }
  return await until(complete, { seconds: 10, describe: () => 'not all notes' }).catch(async () => await fleet.notes())
}

/** The languages that answered: as the results say, else as the bodies wrote down. */
export function answered({ outcome, own }: Seen): ReadonlySet<Language> {
  const named = (outcome.workers ?? []).flatMap(worker => (worker ? [worker.split('@')[0] as Language] : []))
  return new Set(named.length > 0 ? named : own.map(({ by }) => by))
}
