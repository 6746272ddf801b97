import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { Outcome, PlannedCase } from '../../src/interop/call.js'
import type { Fleet } from '../../src/interop/fleet.js'
import type { Language } from '../../src/interop/place.js'
import { randomCanvases } from './random-canvases.js'

const LANGUAGES = ['python', 'typescript'] as const
const LONG = 60_000
const SEED = 2

/** What is more than one call by one client. Workers of both languages run. */
export function describeOthers(fleet: () => Fleet): void {
  describe('results by their id alone', () => {
    it.each([...LANGUAGES])(
      'what a %s client sent, the other reads: a value, an error, a group that was saved',
      async sender => {
        const sent = await send(fleet(), sender)
        const ids = sent.map(({ id }) => id)
        const [value, error, group] = await read(fleet(), sender === 'python' ? 'typescript' : 'python', ids)
        expect(value).toMatchObject({ state: 'SUCCESS', value: 5 })
        expect(error).toMatchObject({ state: 'FAILURE', error: { type: 'TypeError', args: ['no'] } })
        expect(group?.values).toEqual(LANGUAGES.map(by => ({ value: [1, by] })))
      },
      LONG
    )
  })

  describe('canvases made at random', () => {
    it(
      'of tasks in both languages give what they give in one program',
      async () => {
        const canvases = randomCanvases(fleet().place('python'), { count: 40, seed: SEED })
        const plan = canvases.map(({ call }, index): PlannedCase => ({ name: `${index}`, call }))
        const outcomes = await fleet().call(plan, { client: 'typescript', served: 'python' })
        const values = outcomes.map(({ value, values, trouble }) => trouble ?? values?.map(each => each.value) ?? value)
        expect(values).toEqual(canvases.map(({ value }) => value))
      },
      LONG
    )
  })

  describe('a caller without Celery', () => {
    it.each([...LANGUAGES])(
      '[C-29] calls a %s worker with a message that has only what the protocol demands',
      async served => {
        const id = randomUUID()
        await fleet().raw(served, { task: 'interop.add', id, args: [2, 3] })
        const [outcome] = await fleet().call([{ name: 'raw', call: { result: id } }], { client: 'typescript', served })
        expect(outcome).toMatchObject({ state: 'SUCCESS', value: 5, workers: [fleet().place(served).node(served)] })
      },
      LONG
    )
  })

  describe('a pickled message', () => {
    it(
      '[SEC-07] of a Python client is not decoded: it is kept aside with the reason, and the worker goes on',
      async () => {
        const direction = { client: 'python', served: 'typescript' } as const
        const call = { task: 'interop.add', args: [2, 3] }
        const pickled = { name: 'pickled', call: { ...call, options: { serializer: 'pickle' } }, unheard: true }
        const [outcome, next] = await fleet().call([pickled, { name: 'next', call }], direction)
        expect(next).toMatchObject({ state: 'SUCCESS', value: 5 })
        const [dead] = await fleet().peek(`umbel.dead.${fleet().place('typescript').queue('typescript')}`, 1)
        expect(dead).toMatchObject({
          content_type: 'application/x-python-serialize',
          headers: { id: outcome?.id, 'umbel-dead-reason': expect.stringMatching(/accept_content/) }
        })
        expect((await fleet().notes()).filter(({ id }) => id === outcome?.id)).toEqual([])
      },
      LONG
    )
  })
}

async function send(fleet: Fleet, client: Language): Promise<readonly Outcome[]> {
  const place = fleet.place('typescript')
  const on = (language: Language) => ({ options: { queue: place.queue(language) } })
  const plan: readonly PlannedCase[] = [
    { name: 'value', call: { task: 'interop.add', args: [2, 3], ...on('python') } },
    { name: 'error', call: { task: 'interop.fail', args: ['type', 'no'], ...on('typescript') } },
    {
      name: 'group',
      save: true,
      call: { group: LANGUAGES.map(language => ({ task: 'interop.member', args: [1], ...on(language) })) }
    }
  ]
  return await fleet.call(plan, { client, served: 'typescript' })
}

async function read(
  fleet: Fleet,
  client: Language,
  [value = '', error = '', group = '']: readonly string[]
): Promise<readonly Outcome[]> {
  const plan: readonly PlannedCase[] = [
    { name: 'value', call: { result: value } },
    { name: 'error', call: { result: error } },
    { name: 'group', call: { savedGroup: group } }
  ]
  return await fleet.call(plan, { client, served: 'typescript' })
}
