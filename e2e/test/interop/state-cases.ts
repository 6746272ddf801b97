import { expect } from '@jest/globals'
import type { InteropCase } from './case.js'

/** The same error in both languages' words. */
const ERRORS = {
  python: { value: 'ValueError', type: 'TypeError', own: 'InteropError' },
  typescript: { value: 'ValueError', type: 'TypeError', own: 'InteropError' }
} as const

function fails(kind: 'value' | 'type' | 'own'): InteropCase {
  return {
    name: `state FAILURE: ${kind}`,
    call: () => ({ task: 'interop.fail', args: [kind, 'böse 漢'] }),
    check: ({ outcome, place }) => {
      const args = kind === 'value' && place.served === 'python' ? ['böse 漢', '42'] : ['böse 漢']
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: ERRORS[place.served][kind], args } })
      expect(outcome.traceback).toMatch(place.served === 'python' ? /Traceback.*tasks\.py.*in fail/s : /tasks\.js:\d+/)
      expect(outcome.traceback).toContain('böse 漢')
    }
  }
}

/** Every state that a result can have. */
export const stateCases: readonly InteropCase[] = [
  {
    name: 'state SUCCESS: null',
    call: () => ({ task: 'interop.echo', args: [null], options: { ignoreResult: false } }),
    check: ({ outcome }) => expect(outcome).toMatchObject({ state: 'SUCCESS', traceback: null, children: [] })
  },
  fails('value'),
  fails('type'),
  fails('own'),
  {
    name: 'state STARTED',
    call: (_, gate) => ({ task: 'interop.hold', args: [gate] }),
    watch: 'STARTED',
    check: ({ outcome }) => {
      expect(outcome.watched).toMatchObject({ value: { pid: expect.any(Number), hostname: outcome.workers?.[0] } })
      expect(outcome).toMatchObject({ state: 'SUCCESS', value: 'held' })
    }
  },
  {
    name: 'state of its own: PROGRESS',
    call: (_, gate) => ({ task: 'interop.progress', args: [gate] }),
    watch: 'PROGRESS',
    check: ({ outcome, place }) => {
      expect(outcome.watched?.value).toEqual({ done: 3, of: 7, by: place.served })
      expect(outcome).toMatchObject({ state: 'SUCCESS', value: 'done' })
    }
  },
  {
    name: 'state RETRY',
    call: () => ({ task: 'interop.again', args: [1, 2] }),
    watch: 'RETRY',
    check: ({ outcome, place }) => {
      const type = place.served === 'python' ? 'ValueError' : 'TypeError'
      expect(outcome.watched).toMatchObject({ error: { type, args: ['not yet'] } })
      expect(outcome).toMatchObject({ state: 'SUCCESS', value: [`${place.served}:0`, `${place.served}:1`] })
    }
  },
  {
    name: 'retries until it works',
    call: () => ({ task: 'interop.again', args: [3] }),
    check: ({ outcome, place }) => expect(outcome.value).toEqual([0, 1, 2, 3].map(index => `${place.served}:${index}`))
  },
  {
    name: 'retries until none is left',
    call: () => ({ task: 'interop.stubborn' }),
    check: ({ outcome, own, place }) => {
      const type = place.served === 'python' ? 'KeyError' : 'ValueError'
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type, args: ['never'] } })
      expect(own.map(({ retries }) => retries)).toEqual([0, 1])
    }
  },
  {
    name: 'state left by Ignore',
    call: () => ({ task: 'interop.control', args: ['ignore'] }),
    watch: 'LEFT',
    unheard: true,
    check: ({ outcome, place }) => expect(outcome.watched?.value).toEqual({ by: place.served })
  },
  {
    name: 'state FAILURE: rejected',
    call: () => ({ task: 'interop.control', args: ['reject'] }),
    check: ({ outcome }) =>
      expect(outcome).toMatchObject({
        state: 'FAILURE',
        error: { type: 'Reject', args: [expect.any(String), expect.stringMatching(/false/i)] }
      })
  },
  {
    name: 'state FAILURE: not registered',
    call: () => ({ task: 'interop.nowhere' }),
    answers: 'nobody',
    check: ({ outcome }) =>
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: 'NotRegistered', args: ['interop.nowhere'] } })
  }
]
