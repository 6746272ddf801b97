import { expect } from '@jest/globals'
import type { Call, TaskCall } from '../../src/interop/call.js'
import type { Language, Place } from '../../src/interop/place.js'
import type { InteropCase } from './case.js'
import { mixedControlCases } from './control-cases.js'

const LANGUAGES = ['python', 'typescript'] as const
const MANY = 200

/** The language of the n-th of many. */
const nth = (index: number): Language => LANGUAGES[index % 2] as Language
const other = (language: Language): Language => (language === 'python' ? 'typescript' : 'python')
const count = (size: number): readonly number[] => Array.from({ length: size }, (_, index) => index)

/** A call on one language's queue. */
function on(place: Place, language: Language, call: TaskCall): TaskCall {
  return { ...call, options: { ...call.options, queue: place.queue(language) } }
}

function steps(place: Place, languages: readonly Language[]): Call {
  const [first, ...others] = languages
  const begin = on(place, first as Language, { task: 'interop.step', args: [[], 'step'] })
  return { chain: [begin, ...others.map(language => on(place, language, { task: 'interop.step', args: ['step'] }))] }
}

function members(place: Place, size: number): readonly TaskCall[] {
  return count(size).map(index => on(place, nth(index), { task: 'interop.member', args: [index] }))
}

const parts = (size: number): readonly unknown[] => count(size).map(index => [index, nth(index)])
const join = (place: Place, language: Language, ...args: string[]): TaskCall =>
  on(place, language, { task: 'interop.join', args })
const fail = (place: Place, language: Language): TaskCall =>
  on(place, language, { task: 'interop.fail', args: ['type', 'no'] })
const called = (place: Place, language: Language, key: string): TaskCall =>
  on(place, language, { task: 'interop.called', args: [`${place.mark} ${key}`] })

/** Workers of both languages: each case once from each client. */
export const mixedCases: readonly InteropCase[] = [
  ...mixedControlCases,
  ...LANGUAGES.map(first => chainFrom(first)),
  {
    name: `group: ${MANY} members in both languages`,
    call: place => ({ group: members(place, MANY) }),
    answers: 'both',
    check: ({ outcome }) => expect(outcome.values?.map(({ value }) => value)).toEqual(parts(MANY))
  },
  ...LANGUAGES.flatMap(language => [
    chordInto(language),
    linkTo(language),
    errbackTo(language),
    failedMember(language),
    failedStep(language),
    chordInChord(language),
    replaceBy(language),
    hopFrom(language)
  ]),
  {
    name: 'chord: of chains that change languages',
    call: place => ({
      chord: count(6).map(index => steps(place, [nth(index), nth(index + 1), nth(index)])),
      body: join(place, 'python')
    }),
    answers: 'python',
    check: ({ outcome }) =>
      expect(outcome.value).toMatchObject({
        parts: count(6).map(index => [nth(index), nth(index + 1), nth(index)].map(by => `${by}:step`))
      })
  },
  {
    name: 'chain: task, group, task, group, task',
    call: place => ({
      chain: [
        on(place, 'python', { task: 'interop.step', args: [[], 'a'] }),
        { group: LANGUAGES.map(language => on(place, language, { task: 'interop.step', args: ['b'] })) },
        join(place, 'typescript', 'first'),
        { group: LANGUAGES.map(language => on(place, language, { task: 'interop.echo', args: [language] })) },
        join(place, 'python', 'last')
      ]
    }),
    answers: 'python',
    check: ({ outcome }) => {
      const first = {
        by: 'typescript',
        tag: 'first',
        parts: LANGUAGES.map(language => ['python:a', `${language}:b`])
      }
      const last = LANGUAGES.map(language => [first, language, null])
      expect(outcome.value).toEqual({ by: 'python', tag: 'last', parts: last })
    }
  }
]

/** With nothing else to do: a worker that is busy elsewhere takes none of them. */
export const sharedCases: readonly InteropCase[] = [
  {
    name: 'one queue that both serve',
    call: ({ both }) => ({
      group: count(60).map(() => ({ task: 'interop.slow', args: [0.1], options: { queue: both } }))
    }),
    answers: 'both',
    check: ({ outcome }) => expect(outcome.values).toEqual(count(60).map(() => ({ value: 'slept' })))
  }
]

function chainFrom(first: Language): InteropCase {
  const languages = [first, other(first), first, other(first)]
  return {
    name: `chain: ${languages.join(' → ')}`,
    call: place => steps(place, languages),
    answers: other(first),
    check: ({ outcome }) => expect(outcome.value).toEqual(languages.map(language => `${language}:step`))
  }
}

function chordInto(language: Language): InteropCase {
  return {
    name: `chord: ${MANY} members in both languages, body in ${language}`,
    call: place => ({ chord: members(place, MANY), body: join(place, language) }),
    answers: language,
    check: ({ outcome }) => expect(outcome.value).toEqual({ by: language, tag: '', parts: parts(MANY) })
  }
}

function linkTo(language: Language): InteropCase {
  const key = `link to ${language}`
  return {
    name: `link: from ${other(language)} to ${language}`,
    call: place => ({
      ...on(place, other(language), { task: 'interop.add', args: [2, 3] }),
      link: [called(place, language, key)]
    }),
    answers: other(language),
    later: [key],
    check: ({ notes, place }) =>
      expect(notes.filter(note => note.key === `${place.mark} ${key}`)).toMatchObject([{ by: language, value: 5 }])
  }
}

function errbackTo(language: Language): InteropCase {
  const key = `errback to ${language}`
  return {
    name: `link_error: from ${other(language)} to ${language}`,
    call: place => ({ ...fail(place, other(language)), linkError: [called(place, language, key)] }),
    answers: other(language),
    later: [key],
    check: ({ outcome, notes, place }) =>
      expect(notes.filter(note => note.key === `${place.mark} ${key}`)).toMatchObject([
        { by: language, value: outcome.id }
      ])
  }
}

function failedMember(language: Language): InteropCase {
  const key = `chord errback to ${other(language)}`
  return {
    name: `chord: a member fails in ${language}, its errback in ${other(language)} is called`,
    call: place => ({
      chord: [...members(place, 3), fail(place, language)],
      body: { ...join(place, other(language)), linkError: [called(place, other(language), key)] }
    }),
    answers: 'any',
    later: [key],
    check: ({ outcome, notes, place }) => {
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: 'ChordError' } })
      expect(outcome.error?.text).toContain('TypeError')
      expect(notes.filter(note => note.key === `${place.mark} ${key}`)).toMatchObject([
        { by: other(language), value: outcome.id }
      ])
    }
  }
}

function failedStep(language: Language): InteropCase {
  return {
    name: `chain: a step fails in ${language}, the last is told`,
    call: place => ({
      chain: [
        on(place, other(language), { task: 'interop.add', args: [1, 1] }),
        { ...fail(place, language), immutable: true },
        on(place, other(language), { task: 'interop.add', args: [1] })
      ]
    }),
    answers: 'any',
    check: ({ outcome, own }) => {
      expect(outcome).toMatchObject({ state: 'FAILURE', error: { type: 'TypeError', args: ['no'] } })
      expect(own).toEqual([])
    }
  }
}

function chordInChord(language: Language): InteropCase {
  return {
    name: `chord: in a chord, the inner body in ${language}, the outer in ${other(language)}`,
    call: place => ({
      chord: [{ chord: members(place, 4), body: join(place, language, 'inner') }, ...members(place, 2)],
      body: join(place, other(language), 'outer')
    }),
    answers: other(language),
    check: ({ outcome }) => {
      const inner = { by: language, tag: 'inner', parts: parts(4) }
      expect(outcome.value).toEqual({ by: other(language), tag: 'outer', parts: [inner, ...parts(2)] })
    }
  }
}

function replaceBy(language: Language): InteropCase {
  return {
    name: `replace: a task of ${other(language)} by one of ${language}`,
    call: place => on(place, other(language), { task: 'interop.replace', args: [41, place.queue(language)] }),
    answers: language,
    check: ({ outcome }) => expect(outcome).toMatchObject({ state: 'SUCCESS', value: 42 })
  }
}

function hopFrom(language: Language): InteropCase {
  const languages = [language, other(language), language, other(language)]
  return {
    name: `retry: ${languages.join(' → ')}`,
    call: place =>
      on(place, language, { task: 'interop.hop', args: [languages.slice(1).map(each => place.queue(each))] }),
    answers: other(language),
    check: ({ outcome, own }) => {
      expect(outcome.value).toEqual(languages.map((by, index) => `${by}:${index}`))
      expect(own.map(({ by }) => by)).toEqual(languages)
    }
  }
}
