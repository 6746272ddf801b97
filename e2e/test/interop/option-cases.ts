import { expect } from '@jest/globals'
import type { InteropCase, Seen } from './case.js'

const REQUEST = { task: 'interop.request' }

/** What the task saw of its message. */
function saw(picture: object): InteropCase['check'] {
  return ({ outcome }) => expect(outcome).toMatchObject({ state: 'SUCCESS', value: picture })
}

function gives(value: unknown): InteropCase['check'] {
  return ({ outcome }) => expect(outcome).toMatchObject({ state: 'SUCCESS', value })
}

/** Not before `seconds` after it was sent, and not much later. */
function ranAfter(seconds: number, late = 15): InteropCase['check'] {
  return ({ outcome }) => {
    const { at, eta } = outcome.value as { at: number; eta: string }
    expect(eta).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/)
    expect(at - outcome.sent).toBeGreaterThan(seconds - 0.01)
    expect(at - outcome.sent).toBeLessThan(seconds + late)
  }
}

const HEADERS = {
  tenant: 'Änne 漢字 😀',
  byte: 200,
  negative: -5,
  short: 300,
  'negative-short': -300,
  word: 40_000,
  int32: 2 ** 31 - 1,
  uint32: 2 ** 32 - 1,
  long: 2 ** 40,
  'negative-long': -(2 ** 40),
  fraction: 1.5,
  yes: true,
  nothing: null,
  list: [1, 300, 'two', null],
  nested: { deep: { deeper: 300 } }
}

/** All in the past; what a client writes as text goes out as it is. */
const MOMENTS = [
  '2026-01-02T03:04:05Z',
  '2026-01-02T03:04:05.5Z',
  '2026-01-02T03:04:05.123456789+00:00',
  '2026-01-02T03:04:05+0100',
  '2026-01-02 03:04:05',
  '2026-01-02T03:04',
  '2026-01-02',
  '20260102T030405Z'
]

/** Options of a call. */
export const optionCases: readonly InteropCase[] = [
  { name: 'args: positional', call: () => ({ task: 'interop.add', args: [2, 3] }), check: gives(5) },
  { name: 'args: by keyword', call: () => ({ task: 'interop.add', kwargs: { y: 3, x: 4 } }), check: gives(7) },
  {
    name: 'args: mixed',
    call: () => ({ task: 'interop.echo', args: ['one'], kwargs: { third: 'three' } }),
    check: gives(['one', null, 'three'])
  },
  { name: 'args: none', call: () => ({ task: 'interop.echo' }), check: gives([null, null, null]) },
  { name: 'eta', call: () => ({ task: 'interop.moment', options: { etaIn: 1.5 } }), check: ranAfter(1.5) },
  { name: 'eta: past', call: () => ({ task: 'interop.moment', options: { etaIn: -60 } }), check: ranAfter(-60, 75) },
  ...MOMENTS.map(
    (eta): InteropCase => ({
      name: `eta: ${eta}`,
      call: () => ({ task: 'interop.add', args: [2, 3], options: { eta } }),
      check: gives(5)
    })
  ),
  { name: 'countdown', call: () => ({ task: 'interop.moment', options: { countdown: 1 } }), check: ranAfter(1) },
  {
    name: 'countdown: fraction',
    call: () => ({ task: 'interop.moment', options: { countdown: 0.3 } }),
    check: ranAfter(0.3)
  },
  {
    name: 'expires: in time',
    call: () => ({ ...REQUEST, options: { expires: 60 } }),
    check: saw({ expires: expect.stringMatching(/^\d{4}-.*\+00:00$/) })
  },
  {
    name: 'expires: a date in time',
    call: () => ({ ...REQUEST, options: { expiresIn: 60 } }),
    check: saw({ expires: expect.stringMatching(/^\d{4}-.*\+00:00$/) })
  },
  {
    name: 'expires: too late',
    call: () => ({ ...REQUEST, options: { countdown: 1, expires: 0.5 } }),
    answers: 'nobody',
    check: ({ outcome, own }) => {
      expect(outcome).toMatchObject({ state: 'REVOKED', error: { type: 'TaskRevokedError', args: ['expired'] } })
      expect(own).toEqual([])
    }
  },
  { name: 'retries', call: () => ({ ...REQUEST, options: { retries: 2 } }), check: saw({ retries: 2 }) },
  {
    name: 'time limits',
    call: () => ({ ...REQUEST, options: { timeLimit: 300, softTimeLimit: 200.5 } }),
    check: saw({ timelimit: [300, 200.5] })
  },
  {
    name: 'soft time limit: overstayed',
    call: () => ({ task: 'interop.slow', args: [30], options: { softTimeLimit: 1 } }),
    check: ({ outcome, own }) => {
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: 'SoftTimeLimitExceeded' } })
      expect(own.some(({ soft }) => soft === true)).toBe(true)
    }
  },
  {
    name: 'time limit: overstayed',
    call: () => ({ task: 'interop.slow', args: [30], options: { timeLimit: 1 } }),
    check: ({ outcome }) =>
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: 'TimeLimitExceeded', args: ['1'] } })
  },
  { name: 'priority', call: () => ({ ...REQUEST, options: { priority: 5 } }), check: saw({ priority: 5 }) },
  {
    name: 'queue',
    call: ({ topical }) => ({ ...REQUEST, options: { queue: topical.queue } }),
    check: ({ outcome, place }) => {
      expect(outcome.state).toBe('SUCCESS')
      expect(String((outcome.value as { routing_key: string }).routing_key)).toContain(place.queue(place.served))
    }
  },
  {
    name: 'exchange and routing key',
    call: ({ topical }) => ({ ...REQUEST, options: { exchange: topical.exchange, routingKey: topical.routingKey } }),
    check: ({ outcome, place }) =>
      expect(outcome.value).toMatchObject({
        exchange: place.topical.exchange,
        routing_key: place.topical.routingKey
      })
  },
  {
    name: 'headers: of every type and width',
    call: () => ({ ...REQUEST, options: { headers: HEADERS } }),
    check: saw({ headers: HEADERS })
  },
  {
    name: 'ignore_result',
    call: () => ({ ...REQUEST, options: { ignoreResult: true } }),
    unheard: true,
    check: ({ own }) => expect(own).toHaveLength(1)
  },
  {
    name: 'ignore_result: false wins over the task',
    call: () => ({ task: 'interop.silent', options: { ignoreResult: false } }),
    check: gives('unheard')
  },
  { name: 'shadow', call: () => ({ ...REQUEST, options: { shadow: 'other' } }), check: saw({ shadow: 'other' }) },
  {
    name: 'task id of its own',
    call: ({ prefix, served }) => ({ ...REQUEST, options: { taskId: `${prefix}-own-${served}` } }),
    check: ({ outcome }) =>
      expect(outcome.value).toMatchObject({ id: outcome.id, root_id: outcome.id, correlation_id: outcome.id })
  },
  ...['yaml', 'msgpack'].map(serializer => withText(`serializer: ${serializer}`, { serializer })),
  ...['zlib', 'gzip', 'brotli'].map(compression => withText(`compression: ${compression}`, { compression })),
  withText('serializer and compression', { serializer: 'msgpack', compression: 'zlib' })
]

function withText(name: string, options: Readonly<Record<string, unknown>>): InteropCase {
  const value = ['é 漢字 😀', { list: [1, 2.5, null, true], deep: { deeper: 'y' } }, 'x'.repeat(2000)]
  return {
    name,
    call: () => ({ task: 'interop.echo', args: value.slice(0, 2), kwargs: { third: value[2] }, options }),
    check: ({ outcome }: Seen) => expect(outcome).toMatchObject({ state: 'SUCCESS', value })
  }
}
