import { expect } from '@jest/globals'
import type { Call } from '../../src/interop/call.js'
import type { InteropCase } from './case.js'

const step = (tag: string, trail?: readonly string[]): Call => ({
  task: 'interop.step',
  args: trail === undefined ? [tag] : [trail, tag]
})
const add = (...args: number[]): Call => ({ task: 'interop.add', args })
const member = (index: number): Call => ({ task: 'interop.member', args: [index] })
const fail: Call = { task: 'interop.fail', args: ['type', 'no'] }
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

function gives(value: unknown): InteropCase['check'] {
  return ({ outcome }) => expect(outcome).toMatchObject({ state: 'SUCCESS', value })
}

/** Python does not read a member's index in a message of protocol 1. */
export const chordInAnyOrder: InteropCase = {
  name: 'chord: in any order',
  call: () => ({ chord: numbers(20).map(member), body: { task: 'interop.join' } }),
  check: ({ outcome, place }) => {
    const { parts } = outcome.value as { parts: [number, string][] }
    expect(parts.toSorted(([a], [b]) => a - b)).toEqual(numbers(20).map(index => [index, place.served]))
  }
}

/** Canvases whose tasks all belong to one language, composed by a client of the other. */
export const canvasCases: readonly InteropCase[] = [
  {
    name: 'link: called with the result',
    call: ({ mark }) => ({ ...add(2, 3), link: [{ task: 'interop.called', args: [`${mark} link`] }] }),
    later: ['link'],
    check: ({ outcome, notes, place }) => {
      expect(outcome).toMatchObject({ value: 5, children: [expect.any(String)] })
      expect(notes).toContainEqual(
        expect.objectContaining({ by: place.served, key: `${place.mark} link`, value: 5, id: outcome.children?.[0] })
      )
    }
  },
  {
    name: 'links: several',
    call: () => ({ ...add(2, 3), link: [add(10), add(20), add(30)] }),
    check: ({ outcome, place, notes }) => {
      expect(outcome.value).toBe(5)
      expect(outcome.children?.length).toBeGreaterThan(0)
      expect(notes.filter(({ by }) => by === place.served).length).toBeGreaterThan(3)
    }
  },
  {
    name: 'link_error: called with the failed id',
    call: ({ mark }) => ({ ...fail, linkError: [{ task: 'interop.called', args: [`${mark} errback`] }] }),
    later: ['errback'],
    check: ({ outcome, notes, place }) => {
      expect(outcome.state).toBe('FAILURE')
      expect(notes).toContainEqual(
        expect.objectContaining({ by: place.served, key: `${place.mark} errback`, value: outcome.id })
      )
    }
  },
  {
    name: 'chain',
    call: () => ({ chain: [step('a', []), step('b'), step('c')] }),
    check: ({ outcome, place }) => expect(outcome.value).toEqual(['a', 'b', 'c'].map(tag => `${place.served}:${tag}`))
  },
  {
    name: 'chain: an immutable step',
    call: () => ({ chain: [add(1, 1), { ...add(5, 5), immutable: true }, add(1)] }),
    check: gives(11)
  },
  {
    name: 'chain: a step fails',
    call: () => ({ chain: [add(1, 1), { ...fail, immutable: true }, add(1)] }),
    answers: 'any',
    check: ({ outcome }) => expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: 'TypeError' } })
  },
  {
    name: 'chain: a countdown in the midst',
    call: () => ({ chain: [add(1, 1), { ...add(1), options: { countdown: 0.5 } }, add(1)] }),
    check: gives(4)
  },
  {
    name: 'group',
    call: () => ({ group: numbers(20).map(member) }),
    check: ({ outcome, place }) => {
      expect(outcome.values).toEqual(numbers(20).map(index => ({ value: [index, place.served] })))
      expect(new Set(outcome.states)).toEqual(new Set(['SUCCESS']))
    }
  },
  {
    name: 'group: a member fails',
    call: () => ({ group: [add(1, 1), fail, add(2, 2)] }),
    check: ({ outcome }) => {
      expect(outcome.states).toEqual(['SUCCESS', 'FAILURE', 'SUCCESS'])
      expect(outcome.values?.map(({ value }) => value)).toEqual([2, undefined, 4])
    }
  },
  {
    name: 'chord',
    call: () => ({ chord: numbers(20).map(member), body: { task: 'interop.join' } }),
    check: ({ outcome, place }) => {
      const by = place.served
      expect(outcome.value).toEqual({ by, tag: '', parts: numbers(20).map(index => [index, by]) })
    }
  },
  {
    name: 'chord: a member fails',
    call: () => ({ chord: [add(1, 1), fail, add(2, 2)], body: { task: 'interop.join' } }),
    answers: 'any',
    check: ({ outcome }) =>
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: 'ChordError', text: /TypeError/ } })
  },
  {
    name: 'chord: a member fails, its errback is called',
    call: ({ mark }) => ({
      chord: [add(1, 1), fail],
      body: { task: 'interop.join', linkError: [{ task: 'interop.called', args: [`${mark} chord errback`] }] }
    }),
    later: ['chord errback'],
    answers: 'any',
    check: ({ outcome, notes, place }) => {
      expect(outcome.state).toBe('FAILURE')
      expect(notes.filter(({ key }) => key === `${place.mark} chord errback`)).toEqual([
        expect.objectContaining({ by: place.served, value: outcome.id })
      ])
    }
  },
  {
    name: 'chord: followed by a chain',
    call: () => ({
      chain: [
        step('a', []),
        { group: [step('b'), step('c')] },
        { task: 'interop.join' },
        { task: 'interop.echo', args: ['end'] }
      ]
    }),
    check: ({ outcome, place }) => {
      const by = place.served
      const parts = [
        [`${by}:a`, `${by}:b`],
        [`${by}:a`, `${by}:c`]
      ]
      expect(outcome.value).toEqual([{ by, tag: '', parts }, 'end', null])
    }
  },
  {
    name: 'chord: of chains',
    call: () => ({ chord: [1, 2, 3].map(n => ({ chain: [add(n, n), add(1)] })), body: { task: 'interop.join' } }),
    check: ({ outcome }) => expect(outcome.value).toMatchObject({ parts: [3, 5, 7] })
  },
  {
    name: 'chord: in a chord',
    call: () => ({
      chord: [{ chord: [member(1), member(2)], body: { task: 'interop.join', args: ['inner'] } }, member(3)],
      body: { task: 'interop.join', args: ['outer'] }
    }),
    check: ({ outcome, place }) => {
      const by = place.served
      const inner = {
        by,
        tag: 'inner',
        parts: [
          [1, by],
          [2, by]
        ]
      }
      expect(outcome.value).toEqual({ by, tag: 'outer', parts: [inner, [3, by]] })
    }
  },
  {
    name: 'map',
    call: () => ({ map: { task: 'interop.echo' }, items: [1, 'zwei', null] }),
    answers: 'any',
    check: gives([
      [1, null, null],
      ['zwei', null, null],
      [null, null, null]
    ])
  },
  {
    name: 'starmap',
    call: () => ({
      starmap: { task: 'interop.add' },
      items: [
        [1, 2],
        [3, 4]
      ]
    }),
    answers: 'any',
    check: gives([3, 7])
  },
  {
    name: 'chunks',
    call: () => ({ chunks: { task: 'interop.add' }, items: numbers(5).map(n => [n, n]), size: 2 }),
    answers: 'any',
    check: ({ outcome }) => expect(outcome.values).toEqual([{ value: [0, 2] }, { value: [4, 6] }, { value: [8] }])
  },
  {
    name: 'stamps',
    call: () => ({
      chain: [add(1, 1), { task: 'interop.request', immutable: true }],
      stamps: { customer: 'Änne', release: 7 }
    }),
    check: ({ outcome }) => expect(outcome.value).toMatchObject({ stamps: { customer: 'Änne', release: 7 } })
  },
  {
    name: 'replace',
    call: place => ({ task: 'interop.replace', args: [41, place.queue(place.served)] }),
    check: gives(42)
  }
]
