import { describe, expect, it } from '@jest/globals'
import type { BackendOptions } from '@umbel/backend'
import { createMemory } from '@umbel/memory'
import type { Message } from '@umbel/protocol'
import { createRig } from './rig.js'

describe('settings of results', () => {
  it('[CF-65] resultExtended keeps name, arguments, worker, retries and queue as well', async () => {
    for (const resultExtended of [false, true]) {
      const rig = createRig({ resultExtended })
      const task = rig.app.task('add', { params: ['x', 'y'] }, (x: number, y: number) => x + y)
      const worker = await rig.start()
      const result = await task.applyAsync([1], { kwargs: { y: 2 }, queue: 'celery' })
      expect(await result.get({ timeout: 5 })).toBe(3)
      const [meta] = await (await rig.app.services.gateway().backend()).load([result.id])
      const more = { name: 'add', args: [1], kwargs: { y: 2 }, worker: worker.hostname, retries: 0, queue: 'celery' }
      if (resultExtended) expect(meta).toMatchObject(more)
      else for (const key of Object.keys(more)) expect(meta).not.toHaveProperty(key)
    }
  })

  it.each([
    ['a day', {}, 86_400],
    ['an hour', { resultExpires: 3600 }, 3600],
    ['ever: 0', { resultExpires: 0 }, 0],
    ['ever: null', { resultExpires: null }, 0]
  ])('[CF-66] resultExpires: they are kept for %s', async (_name, settings, expected) => {
    const memory = createMemory()
    const given: (BackendOptions | undefined)[] = []
    const connect: typeof memory.backend.connect = (url, options) => {
      given.push(options)
      return memory.backend.connect(url, options)
    }
    const backends = [{ ...memory.backend, connect }]
    const rig = createRig({ transports: [memory.transport], backends, ...settings })
    await rig.app.asyncResult('any').state()
    expect(given[0]?.expires).toBe(expected)
  })

  it('[CF-32] taskInheritParentPriority gives what a task sends the priority of its own message', async () => {
    for (const [taskInheritParentPriority, expected] of [
      [false, 0],
      [true, 7]
    ] as const) {
      const rig = createRig({ taskInheritParentPriority })
      const child = rig.app.task('child', () => 'child')
      const parent = rig.app.task('parent', async () => (await child.delay()).id)
      await rig.start()
      await parent.applyAsync([], { priority: 7 }).get({ timeout: 5 })
      const sent = rig.sent
        .map(({ message }) => message)
        .find((message: Message) => message.headers['task'] === 'child')
      expect(sent?.properties.priority ?? 0).toBe(expected)
    }
  })
})
