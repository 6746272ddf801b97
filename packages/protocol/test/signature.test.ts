import { describe, expect, it } from '@jest/globals'
import { InvalidSignatureError, isSignatureData, normalizeSignature } from '../src/index.js'
import { thrownBy } from './fixtures.js'

const full = { task: 't', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }

describe('normalizeSignature', () => {
  it('writes all six keys (trap 4), in Celery’s order, and keeps unknown ones (trap 23)', () => {
    expect(
      Object.entries(
        normalizeSignature({ immutable: true, chord_size: 2, task: 't', options: { add_to_parent: false } })
      )
    ).toEqual([
      ['task', 't'],
      ['args', []],
      ['kwargs', {}],
      ['options', { add_to_parent: false }],
      ['subtask_type', null],
      ['immutable', true],
      ['chord_size', 2]
    ])
  })

  it('takes one link for a list of one (trap 24), and goes into links, chain and chord', () => {
    const options = { link: { task: 't' }, link_error: [{ task: 't' }], chain: [{ task: 't' }], chord: { task: 't' } }
    expect(normalizeSignature({ task: 't', options }).options).toEqual({
      link: [full],
      link_error: [full],
      chain: [full],
      chord: full
    })
    expect(normalizeSignature({ task: 't', options: { link: null, chord: null } }).options).toEqual({
      link: null,
      chord: null
    })
  })

  it('goes into the members of composites', () => {
    const inner = { task: 't' }
    const members = (task: string, kwargs: object) => normalizeSignature({ task, kwargs }).kwargs
    expect(members('celery.chain', { tasks: [inner] })).toEqual({ tasks: [full] })
    expect(members('celery.group', { tasks: [inner, inner] })).toEqual({ tasks: [full, full] })
    expect(members('celery.map', { task: inner, it: [1] })).toEqual({ task: full, it: [1] })
    expect(members('celery.starmap', { task: inner, it: [] })).toEqual({ task: full, it: [] })
    expect(members('celery.chunks', { task: inner, it: [], n: 2 })).toEqual({ task: full, it: [], n: 2 })
    expect(members('mine', { tasks: [inner], task: inner })).toEqual({ tasks: [inner], task: inner })
  })

  it('takes a chord’s header as a list and as a frozen group (trap 22)', () => {
    const list = normalizeSignature({
      task: 'celery.chord',
      kwargs: { kwargs: {}, header: [{ task: 't' }], body: { task: 't' } }
    })
    expect(list.kwargs).toEqual({ kwargs: {}, header: [full], body: full })
    const group = { task: 'celery.group', kwargs: { tasks: [{ task: 't' }] }, options: { task_id: 'gid' } }
    const frozen = normalizeSignature({ task: 'celery.chord', kwargs: { header: group, body: { task: 't' } } })
    expect(frozen.kwargs['header']).toMatchObject({ options: { task_id: 'gid' }, kwargs: { tasks: [full] } })
  })

  it('takes signature objects as their JSON', () => {
    expect(normalizeSignature({ toJSON: () => ({ task: 't' }) })).toEqual(full)
  })

  const wrong: readonly (readonly [unknown, string])[] = [
    [null, 'the signature must be an object, got null'],
    ['t.add', 'the signature must be an object, got "t.add"'],
    [{}, 'signature.task must be the name of a task, got undefined'],
    [{ task: 't', args: {} }, 'signature.args must be an array, got an object'],
    [{ task: 't', kwargs: [] }, 'signature.kwargs must be an object, got an array of 0'],
    [{ task: 't', options: 5 }, 'signature.options must be an object, got 5'],
    [{ task: 't', immutable: 1 }, 'signature.immutable must be true or false, got 1'],
    [{ task: 't', subtask_type: 1 }, 'signature.subtask_type must be text or null, got 1'],
    [
      { task: 't', options: { link: [{ task: 't' }, { task: '' }] } },
      'signature.options.link[1].task must be the name of a task, got ""'
    ],
    [{ task: 'celery.chain', kwargs: { tasks: [5] } }, 'signature.kwargs.tasks[0] must be an object, got 5'],
    [{ task: 'celery.chord', kwargs: {} }, 'signature.kwargs.header must be an object, got undefined']
  ]
  for (const [value, expected] of wrong)
    it(`refuses ${JSON.stringify(value)}`, () => {
      const error = thrownBy(() => normalizeSignature(value))
      expect(error).toBeInstanceOf(InvalidSignatureError)
      expect(error.message).toBe(expected)
    })

  it('refuses a circle instead of overflowing', () => {
    const circle: Record<string, unknown> = { task: 't' }
    circle['options'] = { link: circle }
    expect(() => normalizeSignature(circle)).toThrow(/nested deeper than 800 levels/)
  })
})

describe('isSignatureData', () => {
  it('looks at the outside only', () => {
    expect(isSignatureData(full)).toBe(true)
    for (const value of [null, 't', [], {}, { task: 't' }, { task: '', args: [] }])
      expect(isSignatureData(value)).toBe(false)
  })
})
