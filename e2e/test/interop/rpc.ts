import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Fleet } from '../../src/interop/fleet.js'
import type { Direction } from '../../src/interop/place.js'
import type { Seen } from './case.js'
import { aloneCases } from './cases.js'
import { answered, runCases } from './run.js'
import type { Broker } from './suite.js'

/** What needs no store that others read: `rpc://` tells the caller, and knows no chords. */
const NAMES: ReadonlySet<string> = new Set([
  'args: positional',
  'args: by keyword',
  'countdown',
  'headers: of every type and width',
  'value: text beyond ASCII',
  'value: decimal',
  'value: numbers beyond 2^53',
  'value: date and time',
  'state FAILURE: value',
  'state FAILURE: own',
  'state FAILURE: not registered',
  'retries until it works',
  'link: called with the result',
  'chain',
  'group'
])
const CASES = aloneCases.filter(({ name }) => NAMES.has(name))
const LONG = 200_000

/** Results as messages to the caller: each language's client hears the other's workers. */
export function describeRpc({ name: brokerName, ...options }: Broker): void {
  describe(`results by rpc:// over ${brokerName}`, () => {
    let fleet: Fleet
    beforeAll(async () => {
      fleet = await Fleet.create({ ...options, results: 'rpc://' })
      await Promise.all([fleet.worker('python'), fleet.worker('typescript')])
    }, LONG)
    afterAll(async () => {
      if (process.env['INTEROP_SHOW']) process.stderr.write(fleet.output())
      await fleet.close()
    }, LONG)

    const directions: readonly Direction[] = [
      { client: 'typescript', served: 'python' },
      { client: 'python', served: 'typescript' }
    ]
    describe.each(directions)('$client calls $served', direction => {
      let all: ReadonlyMap<string, Seen> = new Map()
      beforeAll(async () => {
        all = await runCases(fleet, CASES, direction)
      }, LONG)

      it.each(CASES.map(each => [each.name, each] as const))('%s', (name, each) => {
        const seen = all.get(name)
        if (seen === undefined) throw new Error('the client did not run it')
        expect(seen.outcome.trouble).toBeUndefined()
        expect(answered(seen)).not.toContain(direction.client)
        each.check(seen)
      })
    })
  })
}
