import { describe, expect, it } from '@jest/globals'
import { chain, type Signature } from '@umbel/canvas'
import { MaxRetriesExceededError, parseTask } from '@umbel/protocol'
import type { Outgoing } from '@umbel/transport'
import { createRig, type Rig } from './rig.js'
import { until } from './until.js'

const ONCE = { bind: true, maxRetries: 1 } as const

/** What the message says that was published last. */
function lastSent(rig: Rig) {
  const { message, exchange, routingKey } = rig.sent.at(-1) as Outgoing
  const { headers, decodeBody, replyTo } = parseTask(message, rig.app.services.codecs())
  return { ...headers, ...decodeBody(), replyTo, priority: message.properties.priority, exchange, routingKey }
}

describe.each(['late', 'early'])('a retry with %s ack', kind => {
  const acksLate = kind === 'late'

  it('[T-10][ST-04] stores RETRY with the error, then sends a message with the same id and a later eta', async () => {
    const rig = createRig()
    const task = rig.app.task('flaky', { bind: true, acksLate, defaultRetryDelay: 60 }, (self, _x: number) =>
      self.retry({ exc: new RangeError('not yet') })
    )
    const worker = await rig.start()
    const before = Date.now()
    const result = await task.applyAsync([1], { priority: 3, headers: { tenant: 'a' }, shadow: 'shadowed' })
    await rig.line('shadowed[' + result.id + '] retry: Retry in 60s: ')
    await until(
      async () => ((await rig.stat()).delayed === 1 ? true : undefined),
      () => 'the retry in the queue'
    )
    expect(await result.state()).toBe('RETRY')
    const [meta] = await (await rig.app.services.gateway().backend()).load([result.id])
    expect(meta?.result).toMatchObject({ exc_message: ['not yet'] })
    expect(rig.journal.indexOf('store RETRY')).toBeGreaterThan(0)
    await worker.stop()
    expect(rig.journal.filter(word => word === 'publish flaky')).toHaveLength(1)
    expect(rig.journal.indexOf('store RETRY')).toBeLessThan(rig.journal.lastIndexOf('ack begins'))
    expect(await rig.stat()).toMatchObject({ ready: 0, delayed: 1, unacked: 0 })
    expect(Date.now() - before).toBeLessThan(5000)
  })

  it('[T-10] takes other arguments, an eta and options, and with throw: false goes on after the next attempt is sent', async () => {
    const rig = createRig()
    const due = new Date(Date.now() + 90_000)
    const task = rig.app.task('flaky', { bind: true, acksLate, params: ['x', 'y'] }, async (self, x: number, y = 0) => {
      const retry = await self.retry({
        args: [x + 1],
        kwargs: { y: 5 },
        eta: due,
        maxRetries: 9,
        priority: 7,
        throw: false
      })
      return [retry.name, x, y]
    })
    await rig.start()
    const result = await task.delay(1)
    expect(await result.get({ timeout: 5 })).toEqual(['Retry', 1, 0])
    await until(
      async () => ((await rig.stat()).unacked === 0 ? true : undefined),
      () => 'the acknowledgement'
    )
    expect(await rig.stat()).toMatchObject({ ready: 0, delayed: 1 })
    expect(lastSent(rig)).toMatchObject({ id: result.id, retries: 1, args: [2], kwargs: { y: 5 }, priority: 7 })
    expect(Date.parse(String(lastSent(rig).eta))).toBe(due.getTime())
  })

  it('[T-10] raises Retry, and what it was given when no retry is left, whatever throw says', async () => {
    const rig = createRig()
    const raised: string[] = []
    const task = rig.app.task('flaky', { bind: true, acksLate, maxRetries: 0 }, async (self, quiet: boolean) => {
      const exc = new RangeError('for good')
      return quiet ? await self.retry({ exc, throw: false }) : self.retry({ exc })
    })
    const again = rig.app.task('again', { bind: true, acksLate }, self => {
      try {
        self.retry({ countdown: 60 })
      } catch (error) {
        raised.push(String((error as Error).message))
        throw error
      }
    })
    await rig.start()
    await expect(task.delay(true).get({ timeout: 5 })).rejects.toThrow('for good')
    await expect(task.delay(false).get({ timeout: 5 })).rejects.toThrow('for good')
    const { id } = await again.delay()
    await rig.line(`again[${id}] retry`)
    expect(raised).toEqual(['Retry in 60s'])
  })

  it('[T-14] keeps id, links, chain, headers, priority, limits and expiry, and goes back to its queue', async () => {
    const rig = createRig()
    const task = rig.app.task('flaky', { bind: true, acksLate }, self => self.retry({ countdown: 60 }))
    const next = rig.app.task('next', (x: unknown) => x)
    const worker = await rig.start({ queues: ['side'] })
    const link: Signature = next.s() as Signature
    const call = task.s().set({
      queue: 'side',
      priority: 3,
      shadow: 'shadow',
      headers: { tenant: 'a', 'x-death': [1] },
      expires: new Date(Date.now() + 60_000),
      timeLimit: 50,
      softTimeLimit: 40,
      replyTo: 'answers',
      link,
      linkError: link
    })
    await chain(call, next.s()).delay()
    await rig.line('retry: ')
    await worker.stop()
    const again = lastSent(rig)
    expect(again).toMatchObject({
      exchange: '',
      routingKey: 'side',
      task: 'flaky',
      retries: 1,
      parentId: again.id,
      rootId: again.id,
      priority: 3,
      shadow: 'shadow',
      timelimit: [50, 40],
      replyTo: 'answers',
      custom: { tenant: 'a' }
    })
    expect(again.custom).not.toHaveProperty('x-death')
    expect(again.expires).not.toBeNull()
    expect(again.embed.chain).toHaveLength(1)
    expect(again.embed.callbacks).toMatchObject([{ task: 'next' }])
    expect(again.embed.errbacks).toMatchObject([{ task: 'next' }])
  })

  it('runs again, with the arguments that the retry gave, until it succeeds', async () => {
    const rig = createRig()
    const tries: [number, number, string | null][] = []
    const task = rig.app.task('flaky', { bind: true, acksLate }, (self, x: number) => {
      tries.push([x, self.request.retries, self.request.parentId])
      return tries.length < 3 ? self.retry({ countdown: 0, args: [x + 1] }) : x
    })
    await rig.start()
    const result = await task.delay(1)
    expect(await result.get({ timeout: 5 })).toBe(3)
    expect(tries).toEqual([
      [1, 0, null],
      [2, 1, result.id],
      [3, 2, result.id]
    ])
    await rig.empty()
  })
})

describe('the end of retries', () => {
  it('[T-11][ST-12] throws the given error, or MaxRetriesExceededError with the arguments', async () => {
    const rig = createRig()
    const given = rig.app.task('given', ONCE, self => self.retry({ countdown: 0, exc: new RangeError('still') }))
    const bare = rig.app.task('bare', { ...ONCE, params: ['x', 'y'] }, (self, _x: number, _y: number) =>
      self.retry({ countdown: 0 })
    )
    await rig.start()
    await expect(given.delay().get({ timeout: 5 })).rejects.toThrow('still')
    const result = await bare.applyAsync([7], { kwargs: { y: 8 } })
    const error = await result.get({ timeout: 5, propagate: false })
    expect(error).toBeInstanceOf(MaxRetriesExceededError)
    expect(String(error)).toContain(`Can't retry bare[${result.id}] args:(7,) kwargs:{'y': 8}`)
  })

  it('[T-09] maxRetries is 3 by default, null means for ever; retry() may say otherwise', async () => {
    const rig = createRig()
    const counts = { three: 0, ever: 0, five: 0 }
    const three = rig.app.task('three', { bind: true, defaultRetryDelay: 0 }, self => {
      counts.three++
      return self.retry()
    })
    const ever = rig.app.task('ever', { bind: true, maxRetries: null, defaultRetryDelay: 0 }, self =>
      ++counts.ever < 10 ? self.retry() : 'ten'
    )
    const five = rig.app.task('five', { bind: true, defaultRetryDelay: 0 }, self => {
      counts.five++
      return self.retry({ maxRetries: 5 })
    })
    expect(three.definition.settings.maxRetries).toBe(3)
    expect(rig.app.task('plain', () => 1).definition.settings.defaultRetryDelay).toBe(180)
    await rig.start()
    await expect(three.delay().get({ timeout: 5 })).rejects.toThrow("Can't retry three")
    expect(await ever.delay().get({ timeout: 5 })).toBe('ten')
    await expect(five.delay().get({ timeout: 5 })).rejects.toThrow("Can't retry five")
    expect(counts).toEqual({ three: 4, ever: 10, five: 6 })
  })

  it('fails when the arguments of the next attempt cannot be written', async () => {
    const rig = createRig()
    const task = rig.app.task('flaky', { bind: true }, self => self.retry({ countdown: 0, args: [() => 1] }))
    await rig.start()
    const error = await task.delay().get({ timeout: 5, propagate: false })
    expect(String(error)).toContain('function')
    await rig.empty()
  })

  it.each([true, false])('fails when the retry has nowhere to go (acksLate %s)', async acksLate => {
    const rig = createRig()
    const task = rig.app.task('lost', { bind: true, acksLate }, self =>
      self.retry({ countdown: 0, exchange: 'no-such-exchange', routingKey: 'x' })
    )
    await rig.start()
    const result = await task.delay()
    await rig.line(`what was to follow lost[${result.id}] could not be sent`)
    expect(await result.get({ timeout: 5, propagate: false })).toBeInstanceOf(Error)
    await rig.empty()
  })
})

describe('automatic retries', () => {
  it('[T-12] retries errors of autoretryFor, by class or name, but not those of dontAutoretryFor', async () => {
    class Busy extends Error {}
    class VeryBusy extends Busy {}
    const rig = createRig()
    const tries: string[] = []
    const options = {
      autoretryFor: [Busy, 'Locked'],
      dontAutoretryFor: [VeryBusy],
      retryKwargs: { maxRetries: 1, countdown: 0 }
    }
    const task = rig.app.task('auto', options, (kind: string) => {
      tries.push(kind)
      if (kind === 'busy') throw new Busy('b')
      if (kind === 'very') throw new VeryBusy('v')
      if (kind === 'locked') throw Object.assign(new Error('l'), { name: 'Locked' })
      throw new Error('other')
    })
    await rig.start()
    for (const kind of ['busy', 'very', 'locked', 'other']) await task.delay(kind).get({ timeout: 5, propagate: false })
    expect(tries).toEqual(['busy', 'busy', 'very', 'locked', 'locked', 'other'])
  })

  it('[T-13] waits 1, 2, 4 … times the factor, at most retryBackoffMax, evenly spread with jitter', async () => {
    const options = { autoretryFor: [Error], maxRetries: null }
    const fail = (): never => {
      throw new Error('no')
    }
    const delays = async (more: object, retries: number): Promise<number> => {
      const rig = createRig({})
      const task = rig.app.task('auto', { ...options, ...more }, fail)
      const worker = await rig.start()
      await task.applyAsync([], { retries } as object)
      const { message } = await rig.line('retry: ')
      await worker.stop()
      return Number(/Retry in ([\d.]+)s/.exec(message)?.[1])
    }
    expect(await delays({ retryBackoff: true, retryJitter: false }, 0)).toBe(1)
    expect(await delays({ retryBackoff: 3, retryJitter: false }, 2)).toBe(12)
    expect(await delays({ retryBackoff: true, retryJitter: false, retryBackoffMax: 5 }, 9)).toBe(5)
    expect(await delays({ retryBackoff: true, retryJitter: false }, 20)).toBe(600)
    expect(await delays({ retryBackoff: 10 }, 1)).toBeLessThanOrEqual(20)
    expect(await delays({ retryBackoff: false, defaultRetryDelay: 7 }, 0)).toBe(7)
    expect(await delays({ retryKwargs: { countdown: 9 } }, 0)).toBe(9)
  })

  it('[T-14] a body called directly throws what made it retry', () => {
    const rig = createRig()
    const task = rig.app.task('flaky', { bind: true }, self => self.retry({ exc: new RangeError('direct') }))
    expect(() => task()).toThrow('direct')
  })
})
