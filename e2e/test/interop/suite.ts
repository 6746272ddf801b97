import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Fleet, type FleetOptions } from '../../src/interop/fleet.js'
import type { Direction, Language } from '../../src/interop/place.js'
import type { Spawned } from '../../src/spawned.js'
import type { InteropCase, Seen } from './case.js'
import { aloneCases, protocolOneCases } from './cases.js'
import { mixedCases, sharedCases } from './mixed-cases.js'
import { describeOthers } from './others.js'
import { answered, runCases } from './run.js'
import { describeTraps } from './traps.js'
import { directionName, type Table } from './table.js'

export interface Broker extends FleetOptions {
  readonly name: string
}

const LONG = 200_000
const TO_PYTHON: Direction = { client: 'typescript', served: 'python' }
const TO_TYPESCRIPT: Direction = { client: 'python', served: 'typescript' }

/** What must not stand in a Python worker's log: it dropped something, or is about to end. */
const TROUBLE =
  /Unrecoverable error|unknown message|Refusing to deserialize|Can't decode|Invalid or unknown|Invalid task/

/** The whole suite on one broker: each language's workers alone, then both. */
export function describeInterop(broker: Broker, table: Table): void {
  describe(`interop over ${broker.name}`, () => {
    let fleet: Fleet
    const workers = new Map<Language, Spawned>()
    const start = async (language: Language): Promise<void> => {
      workers.set(language, await fleet.worker(language))
    }

    beforeAll(async () => {
      fleet = await Fleet.create(broker)
    })
    afterAll(async () => {
      if (process.env['INTEROP_SHOW']) process.stderr.write(fleet.output())
      await fleet.close()
    }, LONG)

    describe('Python workers alone', () => {
      beforeAll(async () => await start('python'), LONG)
      describeCases(aloneCases, TO_PYTHON)
      describeCases(protocolOneCases, { ...TO_PYTHON, protocol: 1 })
    })

    describe('TypeScript workers alone', () => {
      beforeAll(async () => await start('typescript'), LONG)
      describeCases(aloneCases, TO_TYPESCRIPT)
      describeCases(protocolOneCases, { ...TO_TYPESCRIPT, protocol: 1 })
    })

    describe('workers of both languages', () => {
      describeCases(mixedCases, TO_PYTHON, { mixed: true })
      describeCases(mixedCases, TO_TYPESCRIPT, { mixed: true })
      describeCases(sharedCases, TO_PYTHON, { mixed: true })
      describeCases(sharedCases, TO_TYPESCRIPT, { mixed: true })
    })

    describeTraps(() => fleet)
    describeOthers(() => fleet)

    it('no worker ended, and Python dropped nothing', () => {
      expect([...workers.values()].map(({ running }) => running)).toEqual([true, true])
      expect(workers.get('python')?.output).not.toMatch(TROUBLE)
    })

    function describeCases(cases: readonly InteropCase[], direction: Direction, { mixed = false } = {}): void {
      const { protocol = 2 } = direction
      describe(`${directionName(direction, mixed)}, protocol ${protocol}`, () => {
        let all: ReadonlyMap<string, Seen> = new Map()
        beforeAll(async () => {
          all = await runCases(fleet, cases, direction)
        }, LONG)

        it.each(cases.map(each => [each.name, each] as const))('%s', (name, each) => {
          const seen = all.get(name)
          if (seen === undefined) throw new Error('the client did not run it')
          expect(seen.outcome.trouble).toBeUndefined()
          const by = answered(seen)
          if (!mixed) expect(by).not.toContain(direction.client)
          expectAnswers(each, { by, served: direction.served })
          each.check(seen)
          const more = protocol === 1 ? ', protocol 1' : ''
          const row = { name: name + more, broker: broker.name, direction: directionName(direction, mixed) }
          table.add({ ...row, answered: each.answers === 'any' || each.answers === 'nobody' ? undefined : by })
        })
      })
    }
  })
}

function expectAnswers(
  { answers }: InteropCase,
  { by, served }: { readonly by: ReadonlySet<Language>; readonly served: Language }
): void {
  if (answers === 'any') return
  if (answers === 'both') expect([...by].sort()).toEqual(['python', 'typescript'])
  else if (answers === 'nobody') expect(by.size).toBeLessThan(2)
  else expect([...by]).toEqual([answers ?? served])
}
