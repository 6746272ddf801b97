import { describe, expect, it } from '@jest/globals'
import { createResultKeys } from '@umbel/backend'

describe('createResultKeys', () => {
  it('[RB-04] names the keys of metas, groups and chords as Celery does, behind an optional prefix', () => {
    const plain = createResultKeys()
    expect([plain.task('a'), plain.group('b'), plain.chord('c')]).toEqual([
      'celery-task-meta-a',
      'celery-taskset-meta-b',
      'chord-unlock-c'
    ])
    const prefixed = createResultKeys('acme:')
    expect([prefixed.task('a'), prefixed.group('b'), prefixed.chord('c')]).toEqual([
      'acme:celery-task-meta-a',
      'acme:celery-taskset-meta-b',
      'acme:chord-unlock-c'
    ])
  })

  it.each([
    ['acme', 'acme_celery-task-meta-a'],
    ['acme:', 'acme:celery-task-meta-a'],
    ['acme_', 'acme_celery-task-meta-a'],
    ['acme-', 'acme-celery-task-meta-a'],
    ['acme.', 'acme.celery-task-meta-a'],
    ['{acme}', '{acme}_celery-task-meta-a'],
    ['', 'celery-task-meta-a']
  ])('puts an underscore after the prefix %j only where no separator is', (prefix, key) => {
    expect(createResultKeys(prefix).task('a')).toBe(key)
  })

  it('reads the task id back out of a key', () => {
    const keys = createResultKeys('acme')
    expect(keys.taskId(keys.task('a-b'))).toBe('a-b')
    expect(keys.taskId(keys.group('a-b'))).toBeUndefined()
    expect(keys.taskId('celery-task-meta-a')).toBeUndefined()
  })
})
