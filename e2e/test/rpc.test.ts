import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Call, Outcome } from '../src/interop/call.js'
import { Fleet } from '../src/interop/fleet.js'
import type { Language } from '../src/interop/place.js'

const add = (...args: readonly number[]): Call => ({ task: 'interop.add', args })

/** Two clients, each with workers of both languages: results are replies to the client that asked. */
describe('results over RabbitMQ (rpc), beside Python', () => {
  let fleet: Fleet
  const [broker = '', redis = ''] = [process.env['UMBEL_TEST_RABBITMQ'], process.env['UMBEL_TEST_REDIS']]

  beforeAll(async () => {
    fleet = await Fleet.create({ broker, redis, results: 'rpc://' })
    await Promise.all([fleet.worker('python'), fleet.worker('typescript')])
  }, 90_000)

  afterAll(async () => await fleet?.close(), 30_000)

  it.each<readonly [client: Language, served: Language]>([
    ['python', 'typescript'],
    ['typescript', 'python']
  ])(
    'a client in %s hears of workers in %s, and of steps in both',
    async (client, served) => {
      const place = fleet.place(served)
      const to = (language: Language, ...args: readonly number[]): Call => ({
        ...add(...args),
        options: { queue: place.queue(language) }
      })
      const calls: Readonly<Record<string, Call>> = {
        value: add(2, 3),
        failure: { task: 'interop.fail', args: ['type', 'no'] },
        group: { group: Array.from({ length: 20 }, (_, index) => add(index, 1)) },
        chain: { chain: [to('python', 1, 2), to('typescript', 10), to('python', 100), to('typescript', 1000)] },
        later: { ...add(1, 1), options: { countdown: 2 } }
      }
      const plan = Object.entries(calls).map(([name, call]) => ({ name, call, gate: `${fleet.folder}/gates/${name}` }))
      const outcomes = new Map((await fleet.call(plan, { client, served })).map(each => [each.name, each]))
      const of = (name: string): Outcome | undefined => outcomes.get(name)
      expect(of('value')).toMatchObject({ state: 'SUCCESS', value: 5 })
      expect(of('failure')).toMatchObject({ state: 'FAILURE' })
      expect(of('group')?.values).toEqual(Array.from({ length: 20 }, (_, index) => ({ value: index + 1 })))
      expect(of('chain')).toMatchObject({ value: 1113 })
      expect(of('later')).toMatchObject({ value: 2 })
      const notes = await fleet.notes()
      expect(notes.find(({ id }) => id === of('value')?.id)?.by).toBe(served)
    },
    90_000
  )
})
