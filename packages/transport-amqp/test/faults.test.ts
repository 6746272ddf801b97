import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Channel, ClosedError, type Connection, ConnectionError, PublishTimeoutError } from '@umbel/transport'
import { type Proxy, startProxy } from '@umbel/test-kit'
import { amqp } from '@umbel/transport-amqp'
import { toQueue, url } from './support.js'

describe('a connection to RabbitMQ that fails', () => {
  let proxy: Proxy
  let connection: Connection
  let channel: Channel
  let queue: string

  beforeEach(async () => {
    proxy = await startProxy(Number(new URL(url).port))
    connection = await amqp().connect(`amqp://127.0.0.1:${proxy.port}`)
    channel = await connection.openChannel()
    queue = `umbel.test.${randomUUID()}`
    await channel.declare({ queues: [{ name: queue }] })
  })

  afterEach(async () => {
    proxy.cut()
    await connection.close()
    await proxy.close()
    const last = await amqp().connect(url)
    await (await last.openChannel()).delete(queue)
    await last.close()
  })

  it('ends as one object when it is cut, and says why', async () => {
    await channel.publish([toQueue(queue)])
    proxy.swallow()
    const pending = channel.publish([toQueue(queue), toQueue(queue)])
    proxy.cut()
    expect(await connection.closed).toBeInstanceOf(ConnectionError)
    expect(await pending).toEqual([expect.any(ConnectionError), expect.any(ConnectionError)])
    await expect(channel.publish([toQueue(queue)])).rejects.toBeInstanceOf(ClosedError)
    await expect(connection.openChannel()).rejects.toBeInstanceOf(ClosedError)
  })

  it('answers at the deadline where the server says nothing, the first message included', async () => {
    for (const outgoing of [toQueue(queue), { ...toQueue(queue), exchange: 'unknown' }]) {
      const fresh = await connection.openChannel()
      proxy.swallow()
      const outcomes = await fresh.publish([outgoing], { deadline: 0.2 })
      expect(outcomes).toEqual([expect.any(PublishTimeoutError)])
      proxy.cut()
      await connection.closed
      connection = await amqp().connect(`amqp://127.0.0.1:${proxy.port}`)
    }
  })

  it('gives back what was unsettled, marked, to whoever is there', async () => {
    await channel.publish([toQueue(queue)])
    await first(channel, queue)
    proxy.cut()
    await connection.closed
    connection = await amqp().connect(url)
    expect(await first(await connection.openChannel(), queue)).toMatchObject({ redelivered: true })
  })

  it('[TR-04] ends when the server is silent for longer than the heartbeat', async () => {
    const beating = await amqp().connect(`amqp://127.0.0.1:${proxy.port}?heartbeat=1`)
    const late = await beating.openChannel()
    await late.publish([toQueue(queue)])
    const since = performance.now()
    proxy.swallow()
    expect(await beating.closed).toMatchObject({ code: 'CONNECTION', recoverable: true })
    expect(performance.now() - since).toBeLessThan(4000)
    await expect(late.publish([toQueue(queue)])).rejects.toBeInstanceOf(ClosedError)
  })

  it('gives up a server that accepts and says nothing', async () => {
    const silent = await startProxy(Number(new URL(url).port))
    const connecting = amqp().connect(`amqp://127.0.0.1:${silent.port}`, { timeout: 0.3 })
    const swallowing = setInterval(() => silent.swallow())
    try {
      await expect(connecting).rejects.toMatchObject({ code: 'CONNECTION', recoverable: true })
    } finally {
      clearInterval(swallowing)
      await silent.close()
    }
  })
})

function first(channel: Channel, queue: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sink = { deliver: ([delivery]: readonly unknown[]) => resolve(delivery), lost: () => {} }
    channel.consume([queue], sink, { prefetch: 1 }).catch(reject)
  })
}
