import { describe, expect, it } from '@jest/globals'
import type { Call, Outcome, PlannedCase } from '../../src/interop/call.js'
import type { Fleet, Peeked } from '../../src/interop/fleet.js'
import type { Place } from '../../src/interop/place.js'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/
const SIX_KEYS = ['args', 'immutable', 'kwargs', 'options', 'subtask_type', 'task']
const HEADERS = { short: 300, negative: -5, 'negative-short': -300, long: 2 ** 40, 'negative-long': -(2 ** 40) }

/** Calls that send messages to a queue that nobody serves: some by our client, some by our worker when it has run a task. */
function calls(place: Place): Readonly<Record<string, Call>> {
  const queue = `${place.prefix}.peek`
  const here = (call: object): Call => ({ task: 'interop.echo', options: { queue }, ...call }) as Call
  const worked = (call: object): Call => ({ task: 'interop.add', args: [1, 2], ...call }) as Call
  return {
    plain: here({ args: [1, 'é'] }),
    'without arguments': here({ args: undefined }),
    'kwargs null': here({ kwargs: null }),
    'options null': here({ options: { queue, countdown: null, headers: null, expires: null, shadow: null } }),
    'eta and expires': here({ options: { queue, etaIn: -5, expiresIn: 300 } }),
    'eta as text': here({ options: { queue, eta: '2026-01-02T03:04:05.5Z', expires: '2099-01-02T03:04:05Z' } }),
    'expires as number': here({ options: { queue, expires: 300.5 } }),
    headers: here({ options: { queue, headers: HEADERS, timeLimit: 300, softTimeLimit: 200, retries: 300 } }),
    signatures: { chain: [here({ link: [bare()], linkError: [bare()] }), bare(), bare()] },
    chord: { chord: [here({}), here({})], body: bare() },
    protocol: here({ options: { queue, compression: 'zlib' } }),
    'after a task': { chain: [worked({}), here({ args: [] }), bare()] },
    'callback of a task': worked({ link: [here({})] }),
    'errback of a task': { task: 'interop.fail', args: ['type'], linkError: [here({})] },
    'retry of a task': { task: 'interop.hop', args: [[queue]] },
    'body of a chord': { chord: [worked({}), worked({})], body: here({}) },
    'in place of a task': { task: 'interop.replace', args: [1, queue] }
  }
}

/** How many messages each sends there. */
const COUNTS: Readonly<Record<string, number>> = { chord: 2 }

/** A signature as some write it by hand: a name, and nothing else. */
function bare(): Call {
  return { bare: { task: 'interop.echo' } }
}

/** What stops a Python worker, or makes it drop a task, that our client or worker must never send. (wire-protocol 15) */
export function describeTraps(fleet: () => Fleet): void {
  describe('what would stop a Python worker is never sent', () => {
    let peeked: readonly Peeked[] | undefined
    let refused: readonly Outcome[] | undefined
    const messages = async (): Promise<readonly Peeked[]> => (peeked ??= await peek(fleet()))
    const refusals = async (): Promise<readonly Outcome[]> => (refused ??= await refuse(fleet()))

    it('trap 1: each body has three elements', async () => {
      for (const { body } of await messages()) {
        expect(body).toHaveLength(3)
        expect(Object.keys(body[2]).sort()).toEqual(['callbacks', 'chain', 'chord', 'errbacks'])
      }
    }, 60_000)

    it('trap 2: each has an id and a task, whatever headers are given', async () => {
      for (const { headers } of await messages())
        expect(headers).toMatchObject({ id: expect.stringMatching(/./), task: expect.stringMatching(/^interop\./) })
      expect((await refusals()).find(({ name }) => name === 'headers of the protocol')?.trouble).toMatch(
        /InvalidOption.*id/
      )
    })

    it('trap 3: each has a delivery tag, an exchange and a routing key', async () => {
      for (const message of await messages()) {
        expect(message.delivery_tag).toMatch(/./)
        expect(message).toMatchObject({ exchange: '', routing_key: `${fleet().prefix}.peek` })
      }
    })

    it('trap 4: each signature has its six keys, also one that was written by hand', async () => {
      const signatures = (await messages()).flatMap(({ body: [, , embed] }) => signaturesIn(embed))
      expect(signatures.length).toBeGreaterThan(6)
      for (const signature of signatures) expect(Object.keys(signature).sort()).toEqual(SIX_KEYS)
    })

    it('traps 5, 6, 7: numbers in headers arrive as they were sent', async () => {
      const found = (await messages()).find(({ headers }) => 'negative-long' in headers)
      expect(found?.headers).toMatchObject({ ...HEADERS, timelimit: [300, 200], retries: 300 })
    })

    it('trap 8: what looks like a type that nobody knows is refused where it is sent', async () => {
      for (const name of ['unknown marker', 'marker in keywords'])
        expect((await refusals()).find(each => each.name === name)?.trouble).toMatch(/EncodeError.*__type__/)
    })

    it('trap 9: the content type is written to the letter', async () => {
      const types = new Set((await messages()).map(each => `${each.content_type} ${each.content_encoding}`))
      expect([...types]).toEqual(['application/json utf-8'])
    })

    it('trap 10: eta and expires are ISO text; what is none is refused', async () => {
      const times = (await messages()).flatMap(({ headers: { eta, expires } }) => [eta, expires])
      expect(times.filter(time => time !== null).length).toBeGreaterThan(4)
      for (const time of times) if (time !== null) expect(time).toMatch(ISO)
      for (const name of ['eta that is a number', 'eta that is no time', 'expires that is no time'])
        expect((await refusals()).find(each => each.name === name)?.trouble).toMatch(/Invalid(Option|Time)/)
    })

    it('trap 11: keywords are a mapping, also when null is given', async () => {
      for (const { body } of await messages()) {
        expect(body[0]).toEqual(expect.any(Array))
        expect(body[1]).toEqual(expect.any(Object))
      }
    })
  })
}

async function peek(fleet: Fleet): Promise<readonly Peeked[]> {
  const planned = Object.entries(calls(fleet.place('typescript')))
  const plan = planned.map(([name, call]): PlannedCase => ({ name, call, unheard: true }))
  const outcomes = await fleet.call(plan, { client: 'typescript', served: 'typescript' })
  expect(outcomes.filter(({ trouble }) => trouble !== undefined)).toEqual([])
  const count = planned.reduce((sum, [name]) => sum + (COUNTS[name] ?? 1), 0)
  const messages = await fleet.peek(`${fleet.prefix}.peek`, count)
  expect(messages).toHaveLength(count)
  return messages
}

/** Calls that our client must refuse. */
async function refuse(fleet: Fleet): Promise<readonly Outcome[]> {
  const marker = '{"__type__":"odd","__value__":1}'
  const echo = (more: object): Call => ({ task: 'interop.echo', ...more }) as Call
  const planned: Readonly<Record<string, Call>> = {
    'headers of the protocol': echo({ options: { headers: { id: 'x', task: 'y' } } }),
    'unknown marker': echo({ plainArgs: `[[${marker}]]` }),
    'marker in keywords': echo({ plainKwargs: `{"first":{"deep":${marker}}}` }),
    'eta that is a number': echo({ options: { eta: 1_700_000_000 } }),
    'eta that is no time': echo({ options: { eta: 'tomorrow' } }),
    'expires that is no time': echo({ options: { expires: 'soon' } })
  }
  const plan = Object.entries(planned).map(([name, call]): PlannedCase => ({ name, call, unheard: true }))
  return await fleet.call(plan, { client: 'typescript', served: 'python' })
}

function signaturesIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(signaturesIn)
  return 'task' in value && 'args' in value ? [value, ...inside] : inside
}
