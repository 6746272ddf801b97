import type { Service } from '../service.js'
import { ServiceStoppedError } from '../service-base.js'
import { abortListeners, expectNothingRemains, takeCensus } from './remains.js'

export interface StressOptions {
  /** Calls made in random order. Default 50. */
  readonly rounds?: number
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number
}

/**
 * Calls `start` and `stop` of one service in a random order and at random moments, stops it, and looks whether
 * anything is left. @throws Error when a call fails otherwise than by being stopped, or something is left
 */
export async function stressService(service: Service, options: StressOptions = {}): Promise<void> {
  const { rounds = 50, random = Math.random } = options
  const before = takeCensus()
  const { signal } = new AbortController()
  const calls: Promise<unknown>[] = []
  for (let round = 0; round < rounds; round++) {
    calls.push(random() < 0.5 ? service.start(signal).catch(expectStopped) : service.stop())
    if (random() < 0.3) await pause(random())
  }
  await service.stop()
  await Promise.all(calls)
  if (abortListeners(signal) > 0) throw new Error('left behind: a listener on the signal given to start')
  await expectNothingRemains(before)
}

function expectStopped(error: unknown): void {
  if (!(error instanceof ServiceStoppedError)) throw error
}

async function pause(chance: number): Promise<void> {
  if (chance < 0.5) await Promise.resolve()
  else
    await new Promise(resolve => {
      setImmediate(resolve)
    })
}
