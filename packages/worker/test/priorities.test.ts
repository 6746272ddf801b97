import { describe, expect, it } from '@jest/globals'
import { createRig } from './rig.js'
import { Gate, until } from './until.js'

/** In which order tasks run of which all but the last wait when the first begins. */
async function order(multiplier: number): Promise<readonly number[]> {
  const rig = createRig({ taskAcksLate: true, workerPrefetchMultiplier: multiplier })
  const gate = new Gate()
  const ran: number[] = []
  const task = rig.app.task('ranked', async (rank: number) => {
    ran.push(rank)
    await gate.pass()
  })
  for (let number = 0; number < 4; number++) await task.applyAsync([1], { priority: 1 })
  await rig.start({ concurrency: 1 })
  await gate.reached(1)
  await until(
    async () => ((await rig.stat()).unacked === multiplier ? true : undefined),
    () => `${multiplier} of them in the worker`
  )
  await task.applyAsync([9], { priority: 9 })
  gate.open()
  await gate.reached(5)
  await rig.empty()
  return ran
}

describe('priorities in a worker', () => {
  it('[Q-22] with late acks and a prefetch multiplier of 1 hold strictly: the next to run is the most urgent', async () => {
    expect(await order(1)).toEqual([1, 9, 1, 1, 1])
  })

  it('[Q-22] with a greater one wait for what was fetched before', async () => {
    expect(await order(3)).toEqual([1, 1, 1, 9, 1])
  })

  it('[Q-23] of a parent are inherited by what its task sends where taskInheritParentPriority is on', async () => {
    for (const [taskInheritParentPriority, expected] of [
      [true, 7],
      [false, 0]
    ] as const) {
      const rig = createRig({ taskInheritParentPriority })
      const child = rig.app.task('child', () => undefined)
      const parent = rig.app.task('parent', () => child.delay().id)
      await rig.start()
      await parent.applyAsync([], { priority: 7 }).get({ timeout: 5 })
      await until(
        () => (rig.sent.length === 2 ? true : undefined),
        () => 'the child was sent'
      )
      expect(rig.sent.map(({ message }) => message.properties.priority ?? 0)).toEqual([7, expected])
    }
  })

  it('[Q-23] are the call’s, else the task’s, the queue’s, or the default one', async () => {
    const queues = [{ name: 'plain' }, { name: 'urgent', priority: 8 }]
    const rig = createRig({ taskDefaultPriority: 2, taskQueues: queues, taskDefaultQueue: 'plain' })
    const own = rig.app.task('own', { priority: 5 }, () => undefined)
    const none = rig.app.task('none', () => undefined)
    await none.applyAsync([], { queue: 'plain' })
    await none.applyAsync([], { queue: 'urgent' })
    await own.applyAsync([], { queue: 'urgent' })
    await own.applyAsync([], { queue: 'urgent', priority: 1 })
    expect(rig.sent.map(({ message }) => message.properties.priority)).toEqual([2, 8, 5, 1])
  })
})
