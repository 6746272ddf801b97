import { describe, expect, it } from '@jest/globals'
import { mayReplace } from '@umbel/backend'

const ALL = [
  'PENDING',
  'RECEIVED',
  'STARTED',
  'REJECTED',
  'RETRY',
  'PROGRESS',
  'ABORTED',
  'IGNORED',
  'SUCCESS',
  'FAILURE',
  'REVOKED'
]
/** A body may say a state of its own before the record of its beginning is written. */
const BUT_STARTED = ALL.filter(state => state !== 'STARTED')
const FINAL = ['SUCCESS', 'FAILURE', 'REVOKED']

describe('mayReplace', () => {
  it('lets anything in where nothing is stored', () => {
    expect(ALL.filter(next => !mayReplace(undefined, next))).toEqual([])
  })

  it.each([
    ['SUCCESS', []],
    ['FAILURE', FINAL],
    ['REVOKED', FINAL],
    ['PENDING', ALL],
    ['RECEIVED', ALL],
    ['STARTED', ALL],
    ['REJECTED', ALL],
    ['RETRY', ALL],
    ['PROGRESS', BUT_STARTED],
    ['ABORTED', FINAL],
    ['IGNORED', BUT_STARTED]
  ])('lets %s yield to %j', (stored, next) => {
    expect(ALL.filter(each => mayReplace(stored, each))).toEqual(next)
  })

  it('[ST-10] never lets a stored SUCCESS yield, not to any state and not to another SUCCESS', () => {
    expect(ALL.some(next => mayReplace('SUCCESS', next))).toBe(false)
  })
})
