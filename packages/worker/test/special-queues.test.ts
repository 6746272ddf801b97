import { describe, expect, it } from '@jest/globals'
import { broadcast, workerDirectQueue } from '@umbel/app'
import { createRig } from './rig.js'
import { until } from './until.js'

describe('queues of a worker alone', () => {
  it('[Q-16] a task of a broadcast queue runs on every worker, and stores one result', async () => {
    const ran: string[] = []
    const one = createRig({ taskQueues: ['celery', broadcast('news')] })
    const two = createRig({
      taskQueues: ['celery', broadcast('news')],
      transports: [one.drivers.transport],
      backends: [one.drivers.backend]
    })
    for (const [rig, name] of [
      [one, 'one'],
      [two, 'two']
    ] as const)
      rig.app.task('announce', () => {
        ran.push(name)
        return name
      })
    await one.start()
    await two.start()
    const result = await one.app.sendTask('announce', [], { queue: 'news' })
    expect(['one', 'two']).toContain(await result.get({ timeout: 5 }))
    await until(
      () => (ran.length === 2 ? true : undefined),
      () => `both workers; ran: ${ran.join(', ')}`
    )
    expect(ran.toSorted()).toEqual(['one', 'two'])
    const queues = [...one.app.services.router().queues.consumeFrom.keys()]
    expect(queues).toEqual(['celery', expect.stringMatching(/^bcast\.[0-9a-f-]{36}$/)])
  })

  it('[Q-18][CF-42] a worker may consume from a queue of its own, whatever else was selected', async () => {
    const rig = createRig({ workerDirect: true })
    const task = rig.app.task('where', () => 'here')
    const worker = await rig.start({ hostname: 'first@host', queues: ['other'] })
    expect(await task.applyAsync([], { queue: workerDirectQueue(worker.hostname) }).get({ timeout: 5 })).toBe('here')
    const byKey = task.applyAsync([], { exchange: 'C.dq2', routingKey: 'first@host' })
    expect(await byKey.get({ timeout: 5 })).toBe('here')
    expect(workerDirectQueue('first@host').name).toBe('first@host.dq2')
  })

  it('names of broadcast queues are as kombu makes them', () => {
    const uuid = (): string => 'u-u-i-d'
    expect(broadcast('news', { uuid }).name).toBe('bcast.u-u-i-d')
    expect(broadcast('news', { queue: 'mine', uuid }).name).toBe('mine')
    expect(broadcast('news', { queue: 'mine', unique: true, uuid })).toEqual({
      name: 'mine.u-u-i-d',
      alias: 'news',
      autoDelete: true,
      exchange: { name: 'news', type: 'fanout' },
      exchangeType: 'fanout'
    })
  })
})
