import { describe, expect, it } from '@jest/globals'
import type { UmbelOptions } from '@umbel/app'
import { ConnectionError } from '@umbel/transport'
import { fastClock } from './fast-clock.js'
import { createRig, type Rig } from './rig.js'
import { tapTransport } from './tap.js'
import { until } from './until.js'

/** A rig whose broker goes away, and how often it was asked for. */
function broker(settings: UmbelOptions): { rig: Rig; away(): Promise<void>; back(): void; attempts(): number } {
  const inner = createRig()
  const { transport } = inner.drivers
  let reachable = true
  let attempts = 0
  const connect = async (...args: Parameters<typeof transport.connect>) => {
    attempts++
    if (!reachable) throw new ConnectionError('nobody is there', { recoverable: true })
    return await transport.connect(...args)
  }
  const transports = [tapTransport({ ...transport, connect }, inner.tap)]
  const rig = createRig({ clock: fastClock(200), ...settings, transports })
  const away = async (): Promise<void> => {
    reachable = false
    await inner.cut()
  }
  const back = (): void => {
    reachable = true
  }
  return { rig, away, back, attempts: () => attempts }
}

describe('attempts to connect', () => {
  it('[CF-50] are not repeated at start where it says so, and as after a loss, with a warning, where it says nothing', async () => {
    const first = broker({ brokerConnectionRetryOnStartup: false })
    await first.away()
    await expect(first.rig.start()).rejects.toThrow('nobody is there')
    const second = broker({ brokerConnectionRetry: false })
    await second.away()
    await expect(second.rig.start()).rejects.toThrow('nobody is there')
    expect([first.attempts(), second.attempts()]).toEqual([1, 1])
    const warnings = [first, second].map(({ rig }) =>
      rig.messages.filter(line => /^warn: .*OnStartup is not set/.test(line))
    )
    expect(warnings.map(({ length }) => length)).toEqual([0, 1])
    expect(createRig().app.conf.brokerConnectionRetryOnStartup).toBeUndefined()
    const third = broker({ brokerConnectionRetry: false, brokerConnectionRetryOnStartup: true })
    await third.away()
    const starting = third.rig.start()
    await until(
      () => (third.attempts() > 3 ? true : undefined),
      () => 'more attempts'
    )
    third.back()
    await starting
    expect(third.rig.messages.some(line => line.includes('OnStartup'))).toBe(false)
  })

  it('[CF-49] a lost connection is not replaced where it says so: the owner is told', async () => {
    const { rig, away, attempts } = broker({ brokerConnectionRetry: false })
    await rig.start()
    await away()
    await until(
      () => rig.failures[0],
      () => 'the failure'
    )
    expect(attempts()).toBe(1)
  })

  it('[CF-51] are as many as it says, then the owner is told', async () => {
    const { rig, away, attempts } = broker({ brokerConnectionMaxRetries: 3 })
    await rig.start()
    await away()
    const failure = await until(
      () => rig.failures[0],
      () => 'the failure'
    )
    expect(failure.message).toContain('nobody is there')
    expect(attempts()).toBe(1 + 1 + 3)
  })
})
