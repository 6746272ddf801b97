import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Fault, faults } from '../../src/faults/cases.js'
import { type FaultRun, faultsOf, runFaults } from '../../src/faults/run.js'
import { faultTable } from '../../src/faults/table.js'
import { SERVERS, type ServerName } from '../../src/grounds.js'

export interface SuiteOptions {
  /** How long something stays away, seconds. */
  readonly away: number
  /** Seconds for all of them. */
  readonly timeout: number
}

/** The brokers beside one another, the faults of each one after the other. E2E_FAULTS=B15,rabbitmq chooses some. */
export function describeFaults(name: string, { away, timeout }: SuiteOptions): void {
  const rows = SERVERS.flatMap(broker => chosenFor(broker).map(fault => ({ broker, fault })))
  const answers = new Map<string, FaultRun | Error>()
  const keyOf = (broker: ServerName, fault: Fault): string => `${fault.id} ${fault.title}: ${broker}`

  describe(name, () => {
    beforeAll(async () => {
      const lanes = SERVERS.filter(broker => chosenFor(broker).length > 0).map(broker =>
        runFaults(chosenFor(broker), { broker, away }, (run, fault) => answers.set(keyOf(broker, fault), run))
      )
      await Promise.all(lanes)
    }, timeout * 1000)

    afterAll(() => {
      const lines = rows.map(({ broker, fault }) => ({ broker, fault, run: answers.get(keyOf(broker, fault)) }))
      process.stderr.write(`\n${faultTable(lines)}\n\n`)
    })

    it.each(rows.map(({ broker, fault }) => keyOf(broker, fault)))('%s', key => {
      const run = answers.get(key)
      if (run === undefined || 'message' in run) throw run ?? new Error('it was not run')
      expect(faultsOf(run)).toEqual([])
    })
  })
}

function chosenFor(broker: ServerName): readonly Fault[] {
  const words = (process.env['E2E_FAULTS'] ?? '').split(',').filter(word => word !== '')
  const fits = ({ id }: Fault): boolean => words.every(word => word === id || word === broker)
  return faults.filter(fault => fault.brokers.includes(broker) && fits(fault))
}
