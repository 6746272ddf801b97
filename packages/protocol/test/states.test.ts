import { describe, expect, it } from '@jest/globals'
import {
  ALL_STATES,
  compareStates,
  dataToError,
  decodeMeta,
  encodeMeta,
  EXCEPTION_STATES,
  isReady,
  precedence,
  PROPAGATE_STATES,
  READY_STATES,
  type ResultMeta,
  states,
  TaskRevokedError,
  UNREADY_STATES
} from '../src/index.js'

const base: ResultMeta = {
  status: 'SUCCESS',
  result: null,
  traceback: null,
  children: [],
  date_done: null,
  task_id: 'x'
}
const stored = (meta: Partial<ResultMeta>): ResultMeta => decodeMeta(encodeMeta({ ...base, ...meta } as ResultMeta))

describe('states', () => {
  it('[ST-03] SUCCESS has the value, FAILURE the error', () => {
    expect(stored({ result: { sum: 3 } })).toMatchObject({ status: states.SUCCESS, result: { sum: 3 } })
    const result = { exc_type: 'TypeError', exc_message: ['boom'], exc_module: 'builtins' }
    const failed = stored({ status: 'FAILURE', result, traceback: 'Traceback …' })
    expect(failed).toMatchObject({ status: states.FAILURE, result, traceback: 'Traceback …' })
    expect(dataToError(failed.result).message).toBe('boom')
  })

  it('[ST-04] RETRY has the error in its meta, REVOKED says why', () => {
    const again = { exc_type: 'KeyError', exc_message: ['again'], exc_module: 'builtins' }
    expect(stored({ status: 'RETRY', result: again })).toMatchObject({
      status: states.RETRY,
      result: again,
      date_done: null
    })
    expect(stored({ status: 'RETRY', result: null }).result).toBeNull()
    const revoked = { exc_type: 'TaskRevokedError', exc_message: ['expired'], exc_module: 'celery.exceptions' }
    expect(dataToError(stored({ status: 'REVOKED', result: revoked }).result)).toEqual(new TaskRevokedError('expired'))
  })

  it('[ST-05] RECEIVED and REJECTED are event states, IGNORED internal: none of them final, IGNORED in no set', () => {
    expect([states.RECEIVED, states.REJECTED, states.IGNORED]).toEqual(['RECEIVED', 'REJECTED', 'IGNORED'])
    expect([states.RECEIVED, states.REJECTED].every(state => UNREADY_STATES.has(state) && !isReady(state))).toBe(true)
    expect(ALL_STATES.has(states.IGNORED)).toBe(false)
  })

  it('[ST-06] custom states carry their meta, and unknown names are no error', () => {
    expect(stored({ status: 'PROGRESS', result: { done: 3 } })).toMatchObject({
      status: 'PROGRESS',
      result: { done: 3 }
    })
    expect([isReady('PROGRESS'), ALL_STATES.has('PROGRESS'), precedence('PROGRESS')]).toEqual([false, false, 2])
  })

  it('[ST-07] sets READY, UNREADY, EXCEPTION, PROPAGATE, ALL', () => {
    expect([...READY_STATES].sort()).toEqual(['FAILURE', 'REVOKED', 'SUCCESS'])
    expect([...UNREADY_STATES].sort()).toEqual(['PENDING', 'RECEIVED', 'REJECTED', 'RETRY', 'STARTED'])
    expect([...EXCEPTION_STATES].sort()).toEqual(['FAILURE', 'RETRY', 'REVOKED'])
    expect([...PROPAGATE_STATES].sort()).toEqual(['FAILURE', 'REVOKED'])
    expect([...ALL_STATES].sort()).toEqual([...READY_STATES, ...UNREADY_STATES].sort())
  })

  it('[ST-08] sorts by precedence: SUCCESS, FAILURE, unknown, REVOKED, STARTED, RECEIVED, REJECTED, RETRY, PENDING', () => {
    const order = ['SUCCESS', 'FAILURE', 'MINE', 'REVOKED', 'STARTED', 'RECEIVED', 'REJECTED', 'RETRY', 'PENDING']
    expect([...order].reverse().sort(compareStates)).toEqual(order)
  })

  it('[ST-09] compares two states by the precedence rule', () => {
    expect(compareStates('SUCCESS', 'PENDING')).toBeLessThan(0)
    expect(compareStates('RETRY', 'STARTED')).toBeGreaterThan(0)
    expect(compareStates('MINE', 'YOURS')).toBe(0)
  })
})
