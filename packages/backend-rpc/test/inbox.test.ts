import { describe, expect, it } from '@jest/globals'
import { createResultMeta, type ReplyOptions } from '@umbel/backend'
import type { ResultMeta } from '@umbel/protocol'
import { rpcBackend } from '@umbel/backend-rpc'
import { Inbox } from '../src/inbox.js'

function inboxOf(...sent: readonly string[]): Inbox {
  const expected = new Set(sent)
  const replies: ReplyOptions = {
    queue: 'mine',
    connect: () => Promise.reject(new Error('nobody connects here')),
    isExpected: id => expected.has(id),
    expect: ids => ids.forEach(id => expected.add(id))
  }
  return new Inbox(replies, {})
}

function meta(taskId: string, status = 'SUCCESS', children: ResultMeta['children'] = []): ResultMeta {
  return createResultMeta(status, { result: taskId }, { taskId, now: 0, children })
}

describe('what came to the queue of a client', () => {
  it('is read again as often as wanted; what has not come yet is unknown', () => {
    const inbox = inboxOf('a', 'b')
    inbox.put([meta('a')])
    expect([inbox.get('a'), inbox.get('a'), inbox.get('b')]).toEqual([meta('a'), meta('a'), undefined])
  })

  it('is the last state of each task, a final one for good', () => {
    const inbox = inboxOf('a')
    inbox.put([meta('a', 'STARTED'), meta('a'), meta('a', 'STARTED')])
    expect(inbox.get('a')?.status).toBe('SUCCESS')
  })

  it('tells what it tells of tasks that a task has sent', () => {
    const inbox = inboxOf('a')
    expect(() => inbox.get('child')).toThrow(/goes to the client that sent it.*redis:\/\//)
    inbox.put([meta('a', 'SUCCESS', [[['child', null], null]])])
    expect(inbox.get('child')).toBeUndefined()
  })

  it('is told to who watches, once it is final', () => {
    const inbox = inboxOf('a', 'b')
    const told: string[] = []
    inbox.watch(batch => told.push(...batch.map(({ task_id: id, status }) => `${id} ${status}`))).add('a')
    inbox.put([meta('a', 'STARTED'), meta('b'), meta('a')])
    expect(told).toEqual(['a SUCCESS'])
  })

  it('[R-33] is kept for 10,000 tasks: what was not read by then is a BacklogLimitError', () => {
    const inbox = inboxOf('first')
    inbox.put([meta('first'), ...Array.from({ length: 10_000 }, (_, index) => meta(`task ${index}`))])
    expect(() => inbox.get('first')).toThrow(expect.objectContaining({ code: 'BACKLOG_LIMIT' }))
    expect(inbox.get('task 9999')?.status).toBe('SUCCESS')
  })

  it('needs a broker', async () => {
    await expect(rpcBackend().connect('rpc://')).rejects.toMatchObject({ code: 'BACKEND' })
  })
})
