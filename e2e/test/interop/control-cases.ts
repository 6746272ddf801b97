import { expect } from '@jest/globals'
import type { Question } from '../../src/interop/call.js'
import type { Language, Place } from '../../src/interop/place.js'
import type { InteropCase } from './case.js'

const LANGUAGES = ['python', 'typescript'] as const

function questions(place: Place, languages: readonly Language[]): readonly Question[] {
  const destination = languages.map(language => place.node(language))
  return [
    { command: 'ping', destination },
    { command: 'active', destination },
    { command: 'query_task', arguments: { ids: ['$id'] }, destination },
    { command: 'registered', destination },
    { command: 'stats', destination }
  ]
}

/** Remote control of the other language's worker. */
export const controlCases: readonly InteropCase[] = [
  {
    name: 'control: ping, active, query_task, registered, stats',
    call: (_, gate) => ({ task: 'interop.hold', args: [gate] }),
    watch: 'STARTED',
    ask: place => questions(place, [place.served]),
    check: ({ outcome, place }) => {
      const { asked = {}, id } = outcome
      const node = place.node(place.served)
      const task = { id, name: 'interop.hold', hostname: node, time_start: expect.any(Number) }
      expect(Object.values(asked).map(Object.keys)).toEqual(Object.keys(asked).map(() => [node]))
      expect(asked['ping']?.[node]).toEqual({ ok: 'pong' })
      expect(asked['active']?.[node]).toContainEqual(expect.objectContaining(task))
      expect(asked['query_task']?.[node]).toEqual({ [id]: ['active', expect.objectContaining(task)] })
      expect(asked['registered']?.[node]).toContain(`interop.only_${place.served}`)
      expect(asked['stats']?.[node]).toMatchObject({ pid: expect.any(Number), total: expect.any(Object) })
    }
  },
  {
    name: 'revoke: before it starts',
    call: () => ({ task: 'interop.echo', options: { countdown: 2 } }),
    revoke: 'sent',
    answers: 'nobody',
    check: ({ outcome, own }) => {
      expect(outcome).toMatchObject({ state: 'REVOKED', error: { type: 'TaskRevokedError', args: ['revoked'] } })
      expect(own).toEqual([])
    }
  },
  {
    name: 'revoke: while it runs, with terminate',
    call: () => ({ task: 'interop.slow', args: [40] }),
    watch: 'STARTED',
    revoke: 'running',
    answers: 'any',
    check: ({ outcome, own, place }) => {
      expect(outcome).toMatchObject({ state: 'REVOKED', error: { type: 'TaskRevokedError' } })
      expect(own.filter(({ soft }) => soft !== true).map(({ by }) => by)).toEqual([place.served])
    }
  }
]

/** Of workers of both languages with one command. */
export const mixedControlCases: readonly InteropCase[] = [
  {
    name: 'control: both answer one question',
    call: (place, gate) => ({ task: 'interop.hold', args: [gate], options: { queue: place.queue('python') } }),
    watch: 'STARTED',
    ask: place => questions(place, LANGUAGES),
    answers: 'python',
    check: ({ outcome, place }) => {
      const nodes = LANGUAGES.map(language => place.node(language))
      for (const replies of Object.values(outcome.asked ?? {})) expect(Object.keys(replies).sort()).toEqual(nodes)
      expect(outcome.asked?.['query_task']).toMatchObject({ [place.node('typescript')]: {} })
    }
  },
  {
    name: 'revoke: a group in both languages',
    call: place => ({
      group: LANGUAGES.map(language => ({
        task: 'interop.echo',
        options: { countdown: 2, queue: place.queue(language) }
      }))
    }),
    revoke: 'sent',
    answers: 'any',
    check: ({ outcome }) => expect(outcome.states).toEqual(['REVOKED', 'REVOKED'])
  }
]
