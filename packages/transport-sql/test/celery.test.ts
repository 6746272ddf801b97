import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openDatabase } from '@umbel/sql'
import { type Connection, type Delivery, type Outgoing, UnroutableError } from '@umbel/transport'
import { sql } from '@umbel/transport-sql'
import { temporaryFolder, until } from '@umbel/test-kit'

describe('the broker that Celery calls sqlalchemy', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  const connections: Connection[] = []

  beforeEach(() => {
    folder = temporaryFolder()
    path = join(folder.path, 'celery.db')
  })
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close()
    folder.dispose()
  })

  async function connect(url: string): Promise<Connection> {
    const connection = await sql().connect(url)
    connections.push(connection)
    return connection
  }

  const send = (exchange: string, routingKey: string): Outgoing => ({
    exchange,
    routingKey,
    message: {
      headers: {},
      properties: { contentType: 'text/plain', contentEncoding: 'utf-8' },
      body: Buffer.from('x')
    }
  })

  it.each(['sqlalchemy+sqlite', 'sqla+sqlite'])(
    '[TR-22] at %s keeps queues and messages in tables, and routes by direct exchanges',
    async scheme => {
      const channel = await (await connect(`${scheme}:///${path}`)).openChannel()
      await channel.declare({
        exchanges: [{ name: 'jobs' }],
        queues: [{ name: 'work' }],
        bindings: [{ exchange: 'jobs', queue: 'work', routingKey: 'key' }]
      })
      const sent = [send('jobs', 'key'), send('jobs', 'other')]
      expect(await channel.publish(sent)).toEqual([undefined, expect.any(UnroutableError)])
      const database = await openDatabase(`sqlite://${path}`)
      const queues = await database.read(session => session.all('SELECT name FROM umbel_queue'))
      const text = 'SELECT queue, exchange, routing_key FROM umbel_message'
      const messages = await database.read(session => session.all(text))
      await database.close()
      expect(queues).toEqual([{ name: 'work' }])
      expect(messages).toEqual([{ queue: 'work', exchange: 'jobs', routing_key: 'key' }])
    }
  )

  it('[TR-22] can do what that cannot: topics and broadcasts, and so events and remote control', async () => {
    expect(sql().capabilities.fanout).toBe(true)
    const channel = await (await connect(`sqlalchemy+sqlite:///${path}`)).openChannel()
    await channel.declare({
      exchanges: [
        { name: 'celeryev', type: 'topic' },
        { name: 'celery.pidbox', type: 'fanout' }
      ],
      queues: [{ name: 'monitor', exclusive: true, autoDelete: true }, { name: 'one' }, { name: 'two' }],
      bindings: [
        { exchange: 'celeryev', queue: 'monitor', routingKey: 'task.#' },
        { exchange: 'celery.pidbox', queue: 'one' },
        { exchange: 'celery.pidbox', queue: 'two' }
      ]
    })
    const heard: string[] = []
    const deliver = (batch: readonly Delivery[]): void => void heard.push(...batch.map(({ queue }) => queue))
    await channel.consume(['monitor', 'one', 'two'], { deliver, lost: () => undefined }, { prefetch: 0 })
    expect(await channel.publish([send('celeryev', 'task.sent'), send('celery.pidbox', '')])).toEqual([
      undefined,
      undefined
    ])
    await until(() => heard.length === 3, { what: 'all have heard' })
    expect(heard.toSorted()).toEqual(['monitor', 'one', 'two'])
  })
})
