import { describe, expect, it } from '@jest/globals'
import {
  createResultMeta,
  failureMeta,
  type MetaContext,
  retryMeta,
  revokedMeta,
  startedMeta,
  successMeta
} from '@umbel/backend'

const now = Date.parse('2026-11-21T02:12:01.755Z')
const context: MetaContext = { taskId: 't1', now }
const error = { exc_type: 'ValueError', exc_message: ['boom', 42], exc_module: 'builtins' }
const DONE = '2026-11-21T02:12:01.755000+00:00'

describe('the metas of the transitions', () => {
  it('have the keys that are always written, in Celery’s order, the task id last', () => {
    const keys = ['status', 'result', 'traceback', 'children', 'date_done', 'task_id']
    expect(Object.keys(successMeta(context, 3))).toEqual(keys)
    expect(successMeta(context, 3)).toEqual({
      status: 'SUCCESS',
      result: 3,
      traceback: null,
      children: null,
      date_done: DONE,
      task_id: 't1'
    })
  })

  it.each([
    [
      'STARTED',
      startedMeta(context, { pid: 7, hostname: 'umbel@here' }),
      { pid: 7, hostname: 'umbel@here' },
      null,
      null
    ],
    ['SUCCESS', successMeta(context, null), null, null, DONE],
    ['FAILURE', failureMeta(context, error, 'Traceback'), error, 'Traceback', DONE],
    ['RETRY', retryMeta(context, error, 'Traceback'), error, 'Traceback', null],
    ['RETRY', retryMeta(context, null), null, null, null],
    [
      'REVOKED',
      revokedMeta(context, 'terminated'),
      { exc_type: 'TaskRevokedError', exc_message: ['terminated'], exc_module: 'celery.exceptions' },
      null,
      DONE
    ],
    ['PROGRESS', createResultMeta('PROGRESS', { result: { done: 3 } }, context), { done: 3 }, null, null]
  ])('carry what belongs to %s, and date_done only when it is final', (status, meta, ...rest) => {
    const [result, traceback, done] = rest
    expect(meta).toMatchObject({ status, result, traceback, date_done: done })
  })

  it('carry group and parent only where there are any', () => {
    expect(successMeta({ ...context, groupId: 'g', parentId: 'p' }, 1)).toMatchObject({ group_id: 'g', parent_id: 'p' })
    expect(Object.keys(successMeta({ ...context, groupId: null, parentId: null }, 1))).not.toContain('group_id')
  })

  it('carry the children, and the extended fields and stamps when they are given', () => {
    const fields = { name: 'add', args: [1], kwargs: {}, worker: 'umbel@here', retries: 0, queue: 'celery' }
    const children = [[['c', null], null]] as const
    const meta = successMeta({ ...context, children, extended: { ...fields, stamps: { tenant: 'acme' } } }, 1)
    expect(meta).toMatchObject({ ...fields, children, stamped_headers: ['tenant'], tenant: 'acme' })
    expect(Object.keys(meta).slice(5)).toEqual([...Object.keys(fields), 'stamped_headers', 'tenant', 'task_id'])
    expect(Object.keys(successMeta({ ...context, extended: fields }, 1))).not.toContain('stamped_headers')
  })

  it('write date_done in the time zone of the application when it says how', () => {
    const meta = successMeta({ ...context, formatDate: () => '2026-11-21T03:12:01+01:00' }, 1)
    expect(meta.date_done).toBe('2026-11-21T03:12:01+01:00')
  })
})
