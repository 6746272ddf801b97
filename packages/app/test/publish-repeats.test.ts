import { describe, expect, it } from '@jest/globals'
import { sleep, systemClock, UmbelError } from '@umbel/runtime'
import { FakeClock } from '@umbel/runtime/conformance'
import { type Dispatch } from '../src/gateway/gateway.js'
import { publishWithRetries } from '../src/gateway/publish-retries.js'
import { compileSettings } from '../src/settings/index.js'

class ConnectionLost extends UmbelError {
  static override readonly code: string = 'CONNECTION_LOST'
  override readonly recoverable = true
}

const message = { headers: {}, properties: {}, body: new Uint8Array() } as unknown as Dispatch['outgoing']['message']
const dispatch = { outgoing: { exchange: '', routingKey: 'q', message }, topology: undefined }
const policy = { maxRetries: 3, intervalStart: 0, intervalStep: 0, intervalMax: 0 }

describe('publishing again', () => {
  it('repeats under the same name, and says that it repeats', async () => {
    const sent: Dispatch['outgoing'][] = []
    const publish = async (batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> => {
      sent.push(...batch.map(({ outgoing }) => outgoing))
      return batch.map(() => (sent.length < 3 ? new ConnectionLost('the answer was lost') : undefined))
    }
    const outcomes = await publishWithRetries([dispatch], {
      publish,
      clock: systemClock,
      policy,
      budget: 4,
      stopped: () => false
    })
    expect(outcomes).toEqual([undefined])
    expect(sent.map(({ repeated = false }) => repeated)).toEqual([false, true, true])
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    expect(sent[0]?.id).toEqual(expect.any(String))
  })

  it.each([
    ['are slow', 3, 1],
    ['are slow, and the policy says for ever', null, 6],
    ['fail at once', 3, 4]
  ] as const)('stops when the attempts %s and have taken what they may together', async (how, maxRetries, expected) => {
    const clock = new FakeClock()
    let attempts = 0
    const publish = async (batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> => {
      attempts++
      if (how.startsWith('are slow')) await sleep(10, { clock })
      return batch.map(() => (attempts === 6 ? undefined : new ConnectionLost('busy')))
    }
    const retries = { publish, clock, policy: { ...policy, maxRetries }, budget: 4, stopped: () => false }
    const publishing = publishWithRetries([dispatch], retries)
    await clock.advance(100_000)
    await publishing
    expect(attempts).toBe(expected)
  })

  it('[CF-28][CF-29] three times with pauses of 0, 0.2 and 0.4 s unless the settings say otherwise', async () => {
    const { taskPublishRetry, taskPublishRetryPolicy } = compileSettings([])
    expect(taskPublishRetry).toBe(true)
    expect(taskPublishRetryPolicy).toEqual({ maxRetries: 3, intervalStart: 0, intervalStep: 0.2, intervalMax: 1 })
    const clock = new FakeClock()
    const at: number[] = []
    const publish = async (batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> => {
      at.push(clock.now())
      return batch.map(() => new ConnectionLost('away'))
    }
    const publishing = publishWithRetries([dispatch], {
      ...{ publish, clock, budget: 100, stopped: () => false },
      policy: taskPublishRetryPolicy
    })
    await clock.advance(10_000)
    await publishing
    const [first = 0] = at
    expect(at.map(time => Math.round(time - first))).toEqual([0, 0, 200, 600])
  })
})
