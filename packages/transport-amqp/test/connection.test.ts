import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { connect as dial, type ChannelModel } from 'amqplib'
import { BrokerUrl, type Channel, type Connection, type Outgoing, TopologyError } from '@umbel/transport'
import { amqp } from '@umbel/transport-amqp'
import { toAddress } from '../src/address.js'
import { received, toQueue, url, wireUrl } from './support.js'

describe('RabbitMQ', () => {
  let connection: Connection
  let channel: Channel
  let queue: string

  beforeEach(async () => {
    connection = await amqp().connect(url)
    channel = await connection.openChannel()
    queue = `umbel.test.${randomUUID()}`
    await channel.declare({ queues: [{ name: queue }] })
  })

  afterEach(async () => {
    const last = await amqp().connect(url)
    const cleaner = await last.openChannel()
    await cleaner.delete(queue)
    await cleaner.delete(`umbel.dead.${queue}`)
    await Promise.all([connection.close(), last.close()])
  })

  it('tells Python’s header integers beyond 32 bits, and goes on', async () => {
    const first = await received(channel, queue, () => publishRaw(queue))
    expect(first.message.headers).toEqual({ ts: 1_700_000_000_000, clock: 300 })
    expect(await channel.publish([toQueue(queue)])).toEqual([undefined])
  })

  it('keeps a delay of seconds in the broker and the rest in the consumer, and leaves no trace of it', async () => {
    const notBefore = Date.now() + 2300
    const delayed = { ...toQueue(queue), notBefore }
    const first = await received(channel, queue, async () => {
      expect(await channel.publish([delayed])).toEqual([undefined])
    })
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore)
    expect(first).toMatchObject({ exchange: '', routingKey: queue, redelivered: false, message: { headers: {} } })
    expect(first.message.headers).toEqual({})
  })

  it('refuses a delayed message to a queue that is not there', async () => {
    const [error] = await channel.publish([{ ...toQueue(`${queue}.none`), notBefore: Date.now() + 60_000 }])
    expect(error).toMatchObject({ code: 'UNROUTABLE' })
  })

  it('refuses another declaration of a queue with the server’s words, and lives on', async () => {
    const other = { name: queue, arguments: { 'x-queue-type': 'quorum' } }
    await expect(channel.declare({ queues: [other] })).rejects.toThrow(/PRECONDITION_FAILED.*x-queue-type/)
    await expect(channel.declare({ queues: [other] })).rejects.toBeInstanceOf(TopologyError)
    expect(await channel.publish([toQueue(queue)])).toEqual([undefined])
  })

  it('refuses an exchange that is not there without hurting its neighbours', async () => {
    const astray = { ...toQueue(queue), exchange: `${queue}.none` }
    const outcomes = await channel.publish([toQueue(queue), astray, toQueue(queue)])
    expect(outcomes).toEqual([undefined, expect.objectContaining({ code: 'UNROUTABLE' }), undefined])
  })

  it('leaves out an expiration beyond 49 days, for which RabbitMQ would end the channel', async () => {
    const expiring = (expiration: string): Outgoing => {
      const { message, ...address } = toQueue(queue)
      return { ...address, message: { ...message, properties: { ...message.properties, expiration } } }
    }
    const batch = ['4294967295', '4294967296', '99999999999999'].map(expiring)
    expect(await channel.publish([...batch, toQueue(queue)])).toEqual([undefined, undefined, undefined, undefined])
  })

  it('declares the queue of dead letters before the first one', async () => {
    expect(await channel.publish([toQueue(`umbel.dead.${queue}`)])).toEqual([undefined])
  })

  it('serves a quorum queue', async () => {
    await channel.delete(queue)
    await channel.declare({ queues: [{ name: queue, arguments: { 'x-queue-type': 'quorum' } }] })
    const first = await received(channel, queue, async () => {
      expect(await channel.publish([toQueue(queue)])).toEqual([undefined])
    })
    expect(first.redelivered).toBe(false)
  })

  it('[TR-04][TR-05] fills in what a URL leaves out as kombu does, and takes the first of a list that answers', async () => {
    const { port } = new URL(url)
    for (const text of [
      `amqp://guest@localhost:${port}//`,
      `pyamqp://:${port}`,
      `amqp://127.0.0.1:1;librabbitmq://localhost:${port}`
    ]) {
      const other = await amqp().connect(text)
      expect(other.url).toBe(`amqp://guest:**@127.0.0.1:${port}/%2F`)
      await other.close()
    }
    const ports = ['amqp://', 'pyamqp://', 'amqps://'].map(text => {
      const { server } = toAddress(BrokerUrl.parse(text), { heartbeat: 60, tls: false })
      return `${server.username}:${server.password}@${server.hostname}:${server.port} ${server.vhost}`
    })
    expect(ports).toEqual(['5672', '5672', '5671'].map(known => `guest:guest@127.0.0.1:${known} %2F`))
  })

  it('says that a password is wrong, which will not pass, without quoting it', async () => {
    const wrong = url.replace('guest:guest', 'guest:s3cret')
    const error: unknown = await amqp()
      .connect(wrong)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'CONNECTION', recoverable: false })
    expect(String(error)).not.toContain('s3cret')
  })

  it('says that a vhost cannot be opened, which will not pass', async () => {
    const elsewhere = new URL(url)
    elsewhere.pathname = '/nope'
    await expect(amqp().connect(elsewhere.href)).rejects.toMatchObject({
      message: expect.stringMatching(/\/nope: does this vhost exist, and may this user open it\?$/),
      recoverable: false
    })
  })

  it('says that nobody listens, which may pass', async () => {
    await expect(amqp().connect('amqp://127.0.0.1:1')).rejects.toMatchObject({ code: 'CONNECTION', recoverable: true })
  })
})

/** With the tags that py-amqp writes: amqplib's `l` made `L` on its way out. */
async function publishRaw(queue: string): Promise<void> {
  const model: ChannelModel = await dial(wireUrl)
  const channel = await model.createConfirmChannel()
  const wire = model.connection as unknown as { stream: { write(bytes: Buffer): boolean } }
  const write = wire.stream.write.bind(wire.stream)
  wire.stream.write = bytes => {
    const at = bytes.indexOf(Buffer.from('\u0002tsl', 'latin1'))
    if (at >= 0) bytes.write('L', at + 3, 'latin1')
    return write(bytes)
  }
  const headers = { ts: { '!': 'int64', value: 1_700_000_000_000 }, clock: { '!': 'int32', value: 300 } }
  channel.sendToQueue(queue, Buffer.from('x'), { headers, contentType: 'text/plain', contentEncoding: 'utf-8' })
  await channel.waitForConfirms()
  await model.close()
}
