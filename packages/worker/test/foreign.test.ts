import { readFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import { createMemory } from '@umbel/memory'
import type { Message } from '@umbel/protocol'
import { systemClock } from '@umbel/runtime'
import type { Delivery, Transport } from '@umbel/transport'
import { createRig } from './rig.js'
import { until } from './until.js'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** A call as another language writes it: nothing of Umbel's makes it. */
function written(task: string, more: Readonly<Record<string, unknown>> = {}): Message {
  return {
    headers: { lang: 'rb', task, id: '7f1c2b1e-0000-4000-8000-000000000001', ...more },
    properties: { contentType: 'application/json', contentEncoding: 'utf-8' },
    body: text('[[2, 3], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]')
  }
}

describe('a producer in another language', () => {
  it('[C-29] has its message run, published by the transport alone, and finds the result by its id', async () => {
    const rig = createRig()
    rig.app.task('tasks.add', (x: number, y: number) => x + y)
    await rig.start()
    await rig.publish(written('tasks.add'))
    await rig.line('Task tasks.add[7f1c2b1e-0000-4000-8000-000000000001] succeeded')
    await rig.empty()
    const backend = await rig.drivers.backend.connect(rig.drivers.url)
    const [meta] = await backend.load(['7f1c2b1e-0000-4000-8000-000000000001'])
    expect(meta).toMatchObject({ status: 'SUCCESS', result: 5 })
    await backend.close()
  })

  it('[C-29] may leave keyword arguments and all optional headers to the defaults, in either protocol', async () => {
    const rig = createRig()
    rig.app.task('tasks.join', { params: ['a', 'b'] }, (a: string, b = 'none') => a + b)
    await rig.start()
    const properties = { contentType: 'application/json', contentEncoding: 'utf-8' }
    await rig.publish({ headers: { task: 'tasks.join', id: 'two' }, properties, body: text('[["a"], {"b": "c"}, {}]') })
    const first = text('{"task": "tasks.join", "id": "one", "args": ["d"], "kwargs": {}}')
    await rig.publish({ headers: {}, properties, body: first })
    expect(await rig.app.asyncResult('two').get({ timeout: 5 })).toBe('ac')
    expect(await rig.app.asyncResult('one').get({ timeout: 5 })).toBe('dnone')
  })
})

describe('a long eta', () => {
  it('[C-09] fills a worker where the broker keeps no delays, and comes twice past its window, as the docs warn', async () => {
    const page = await readFile(new URL('../../../../docs/calling.md', import.meta.url), 'utf8')
    expect(page).toMatch(/visibility timeout.*(runs|run) twice/s)
    expect(page).toMatch(/takes memory of the worker/)
    const memory = createMemory({ leases: true })
    const transport: Transport = {
      ...memory.transport,
      capabilities: { ...memory.transport.capabilities, delays: false }
    }
    const rig = createRig({}, { ...memory, transport, url: 'memory://' })
    rig.app.task('later', () => 'done')
    await rig.start()
    const eta = new Date(Date.now() + 3_600_000).toISOString()
    for (let n = 0; n < 50; n++) await rig.publish(written('later', { id: `held-${n}`, eta }))
    await until(
      async () => ((await rig.stat()).unacked === 50 ? true : undefined),
      () => 'fifty messages in the worker, more than its slots'
    )
    await rig.publish(written('later', { eta }), 'window')
    const kept = await takenBy(transport, { renews: false })
    await until(
      () => (kept.length === 1 ? true : undefined),
      () => 'the message at the first consumer'
    )
    const again = await takenBy(transport, { renews: true })
    await until(
      () => (again.length === 1 ? true : undefined),
      () => 'the same message at the second'
    )
    expect(again[0]?.redelivered).toBe(true)
  })
})

/** What a consumer of the queue `window` gets; one that does not renew its lease is a kombu consumer with its timeout. */
async function takenBy(transport: Transport, { renews }: { renews: boolean }): Promise<readonly Delivery[]> {
  const still = { ...systemClock, setTimer: () => ({ cancel: () => undefined }) }
  const connection = await transport.connect('memory://', { lease: 0.2, ...(renews ? {} : { clock: still }) })
  const channel = await connection.openChannel()
  await channel.declare({ queues: [{ name: 'window' }] })
  const taken: Delivery[] = []
  const sink = { deliver: (batch: readonly Delivery[]) => void taken.push(...batch), lost: () => undefined }
  await channel.consume(['window'], sink, { prefetch: 1 })
  return taken
}
