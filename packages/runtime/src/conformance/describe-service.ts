import { describe, expect, it } from '@jest/globals'
import type { Service } from '../service.js'
import { abortListeners, expectNothingRemains, takeCensus } from './remains.js'
import { stressService } from './stress-service.js'

export interface ServiceFixture {
  readonly service: Service
  /** How often the work behind the service has really begun so far, where that can be told. */
  starts?(): number
}

/** The promises that every Service makes. `setup` makes a fresh one, not started. */
export function describeService(name: string, setup: () => ServiceFixture | Promise<ServiceFixture>): void {
  describe(`${name} as a service`, () => {
    it('starts once when it is started twice, and leaves nothing behind', async () => {
      const { service, starts } = await setup()
      const before = takeCensus()
      const { signal } = new AbortController()
      await Promise.all([service.start(signal), service.start(signal)])
      await service.start(signal)
      if (starts !== undefined) expect(starts()).toBe(1)
      await service.stop()
      expect(abortListeners(signal)).toBe(0)
      await expectNothingRemains(before)
    })

    it('may be stopped before it was started', async () => {
      const { service, starts } = await setup()
      const before = takeCensus()
      await service.stop()
      if (starts !== undefined) expect(starts()).toBe(0)
      await expectNothingRemains(before)
    })

    it('may be stopped twice, also at the same time', async () => {
      const { service } = await setup()
      const before = takeCensus()
      await service.start(new AbortController().signal)
      await Promise.all([service.stop(), service.stop()])
      await service.stop()
      await expectNothingRemains(before)
    })

    it('may be stopped during its start', async () => {
      const { service } = await setup()
      const before = takeCensus()
      const starting = service.start(new AbortController().signal).catch(() => undefined)
      await service.stop()
      await starting
      await expectNothingRemains(before)
    })

    it('does not start with a signal that was aborted already', async () => {
      const { service, starts } = await setup()
      const before = takeCensus()
      await expect(service.start(AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
      if (starts !== undefined) expect(starts()).toBe(0)
      await service.stop()
      await expectNothingRemains(before)
    })

    it('may be terminated at any time', async () => {
      const { service } = await setup()
      const before = takeCensus()
      await service.terminate?.()
      await service.start(new AbortController().signal)
      await service.terminate?.()
      await service.stop()
      await expectNothingRemains(before)
    })

    it('survives starts and stops in any order', async () => {
      const { service } = await setup()
      await stressService(service)
    })
  })
}
