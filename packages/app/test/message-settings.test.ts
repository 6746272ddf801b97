import { describe, expect, it } from '@jest/globals'
import type { UmbelOptions } from '../src/index.js'
import { createApp, rejection, type Sent, takeOne } from './kit.js'

/** The message that a call of a task makes under these settings. */
async function sentUnder(settings: UmbelOptions, { queue = 'celery', options = {} } = {}): Promise<Sent> {
  const app = createApp(settings)
  try {
    await app.sendTask('add', [1, 2], options)
    return await takeOne(app, queue)
  } finally {
    await app.close()
  }
}

describe('settings of task messages', () => {
  it('[CF-25] are written by taskSerializer, json unless it says otherwise', async () => {
    const { delivery } = await sentUnder({})
    expect(delivery.message.properties.contentType).toBe('application/json')
    const yaml = await sentUnder({ taskSerializer: 'yaml', acceptContent: ['yaml'] })
    expect([yaml.delivery.message.properties.contentType, yaml.body.args]).toEqual(['application/x-yaml', [1, 2]])
  })

  it('[CF-26] are compressed as taskCompression says, not at all unless it says so', async () => {
    expect((await sentUnder({})).delivery.message.headers).not.toHaveProperty('compression')
    const zlib = await sentUnder({ taskCompression: 'zlib' })
    expect(zlib.delivery.message.headers).toMatchObject({ compression: 'application/x-gzip' })
    expect(zlib.body.args).toEqual([1, 2])
  })

  it('[CF-27] are of protocol 2, or 1 where taskProtocol says so', async () => {
    const two = await sentUnder({})
    expect(two.delivery.message.headers).toMatchObject({ task: 'add', lang: 'js' })
    const one = await sentUnder({ taskProtocol: 1 })
    expect(one.delivery.message.headers).not.toHaveProperty('task')
    expect(one.headers.task).toBe('add')
    expect(one.body.args).toEqual([1, 2])
  })

  it('[CF-30] are persistent, or transient where taskDefaultDeliveryMode says so', async () => {
    expect((await sentUnder({})).delivery.message.properties.deliveryMode).toBe(2)
    const transient = await sentUnder({ taskDefaultDeliveryMode: 'transient' })
    expect(transient.delivery.message.properties.deliveryMode).toBe(1)
  })

  it('[CF-31] have the priority of taskDefaultPriority, none unless it says so', async () => {
    expect((await sentUnder({})).delivery.message.properties.priority ?? 0).toBe(0)
    expect((await sentUnder({ taskDefaultPriority: 7 })).delivery.message.properties.priority).toBe(7)
    const own = await sentUnder({ taskDefaultPriority: 7 }, { options: { priority: 2 } })
    expect(own.delivery.message.properties.priority).toBe(2)
  })

  it('[CF-34] go where taskRoutes says: a mapping, a list, a function, a glob, a regular expression', async () => {
    const routes = [
      { add: 'sums' },
      [['add', { queue: 'sums' }]],
      (name: string) => (name === 'add' ? 'sums' : undefined),
      { 'a*': { queue: 'sums' } },
      [[/^ad/, { queue: 'sums' }]]
    ]
    for (const taskRoutes of routes)
      expect((await sentUnder({ taskRoutes: taskRoutes as never }, { queue: 'sums' })).headers.task).toBe('add')
  })

  it('[CF-33] may go to any queue of taskQueues, a list or a mapping', async () => {
    for (const taskQueues of [['sums', 'celery'], { sums: {}, celery: {} }]) {
      expect((await sentUnder({ taskQueues })).delivery.queue).toBe('celery')
      const named = await sentUnder({ taskQueues, taskDefaultQueue: 'sums' }, { queue: 'sums' })
      expect(named.delivery.queue).toBe('sums')
    }
  })

  it('[CF-38][CF-40] go to taskDefaultQueue through taskDefaultExchange', async () => {
    expect((await sentUnder({})).delivery).toMatchObject({ queue: 'celery', routingKey: 'celery' })
    const settings = {
      taskDefaultQueue: 'work',
      taskDefaultExchange: 'tasks',
      taskDefaultExchangeType: 'topic' as const,
      taskDefaultRoutingKey: 'task.#'
    }
    const sent = await sentUnder(settings, { queue: 'work', options: {} })
    expect(sent.delivery).toMatchObject({ queue: 'work', exchange: 'tasks', routingKey: 'task.#' })
  })

  it('[CF-35] go to queues that nobody defined, unless taskCreateMissingQueues is off', async () => {
    const free = await sentUnder({}, { queue: 'new', options: { queue: 'new' } })
    expect(free.delivery.queue).toBe('new')
    const app = createApp({ taskCreateMissingQueues: false })
    expect((await rejection(app.sendTask('add', [], { queue: 'new' }))).message).toContain("queue 'new' is not in")
    await app.close()
  })
})
