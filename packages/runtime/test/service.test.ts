import { describe, expect, it } from '@jest/globals'
import { createDeferred, createService, type Service, ServiceStoppedError } from '@umbel/runtime'
import { describeService, expectNothingRemains, stressService, takeCensus } from '@umbel/runtime/conformance'

interface Ticker {
  readonly service: Service
  starts(): number
}

function createTicker(): Ticker {
  let starts = 0
  let timer: NodeJS.Timeout | undefined
  const service = createService('ticker', {
    async start(signal) {
      await new Promise(resolve => setImmediate(resolve))
      signal.throwIfAborted()
      starts++
      timer = setInterval(() => undefined, 1000)
    },
    async stop() {
      await Promise.resolve()
      clearInterval(timer)
    }
  })
  return { service, starts: () => starts }
}

describeService('createService', createTicker)

describe('createService', () => {
  const never = new AbortController().signal

  it('may be started again after it was stopped', async () => {
    const { service, starts } = createTicker()
    await service.start(never)
    const stopping = service.stop()
    const restarting = service.start(never)
    await stopping
    await restarting
    expect(starts()).toBe(2)
    await service.stop()
  })

  it('lets the last of several calls win', async () => {
    const before = takeCensus()
    const { service } = createTicker()
    await service.start(never)
    void service.stop()
    const restarting = service.start(never)
    await service.stop()
    await expect(restarting).rejects.toBeInstanceOf(ServiceStoppedError)
    await expectNothingRemains(before)
  })

  it('tidies up after a start that failed half-way, says what failed, and may be tried again', async () => {
    const calls: string[] = []
    const service = createService('flaky', {
      async start() {
        calls.push('start')
        if (calls.length === 1) throw new Error('port taken')
      },
      async stop() {
        calls.push('stop')
      }
    })
    await expect(service.start(never)).rejects.toThrow('port taken')
    await service.start(never)
    await service.stop()
    expect(calls).toEqual(['start', 'stop', 'start', 'stop'])
  })

  it('aborts a start under way with the reason of the given signal', async () => {
    const controller = new AbortController()
    const service = createService('slow', {
      start: signal =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      stop: () => Promise.resolve()
    })
    const starting = service.start(controller.signal)
    controller.abort(new Error('interrupted'))
    await expect(starting).rejects.toThrow('interrupted')
  })

  it('terminates although stop hangs', async () => {
    const gate = createDeferred<void>()
    const service = createService('stuck', {
      start: () => Promise.resolve(),
      stop: () => gate.promise,
      terminate: async () => gate.resolve()
    })
    await service.start(never)
    const stopping = service.stop()
    await service.terminate?.()
    await stopping
  })

  it('hands an error of stop to who called it, and is stopped all the same', async () => {
    const service = createService('clumsy', {
      start: () => Promise.resolve(),
      stop: () => Promise.reject(new Error('stuck'))
    })
    await service.start(never)
    await expect(service.stop()).rejects.toThrow('stuck')
    await service.stop()
  })
})

describe('the suite itself', () => {
  it('finds a service that leaves a timer behind', async () => {
    const timers: NodeJS.Timeout[] = []
    const leaky = createService('leaky', {
      start: async () => void timers.push(setInterval(() => undefined, 1000)),
      stop: () => Promise.resolve()
    })
    await expect(stressService(leaky)).rejects.toThrow(/left behind: \d+ × Timeout/)
    for (const timer of timers) clearInterval(timer)
  })
})
