import { describe, expect, it } from '@jest/globals'
import { systemClock, UmbelError } from '@umbel/runtime'
import { type Dispatch } from '../src/gateway/gateway.js'
import { publishWithRetries } from '../src/gateway/publish-retries.js'

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
    const outcomes = await publishWithRetries([dispatch], { publish, clock: systemClock, policy, stopped: () => false })
    expect(outcomes).toEqual([undefined])
    expect(sent.map(({ repeated = false }) => repeated)).toEqual([false, true, true])
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    expect(sent[0]?.id).toEqual(expect.any(String))
  })
})
