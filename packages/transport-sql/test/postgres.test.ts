import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { DatabaseClientError, ForeignDatabaseError, SqlDatabases } from '@umbel/sql'
import { type Channel, type Connection, ConnectionError, type Delivery, type Outgoing } from '@umbel/transport'
import { sql } from '@umbel/transport-sql'
import { type RunningScript, runScript, until } from '@umbel/test-kit'
import { createTestDatabase, describePostgres, type TestDatabase } from '@umbel/test-kit/postgres'
import { createProxy } from './proxy.js'

describePostgres('PostgreSQL as a broker', () => {
  let database: TestDatabase
  const connections: Connection[] = []
  const running: RunningScript[] = []

  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(async () => {
    await Promise.all(connections.splice(0).map(connection => connection.close()))
    for (const fixture of running.splice(0)) {
      fixture.process.stdin?.end()
      await fixture.exit
    }
    await database.dispose()
  })

  async function open(lease = 10): Promise<Channel> {
    const connection = await sql().connect(database.url, { lease })
    connections.push(connection)
    return connection.openChannel()
  }

  function run(name: string, ...parameters: readonly string[]): RunningScript {
    const fixture = runScript(new URL(`./fixtures/${name}.js`, import.meta.url), database.url, ...parameters)
    running.push(fixture)
    return fixture
  }

  async function client<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const own = new pg.Client(database.url)
    await own.connect()
    try {
      return await work(own)
    } finally {
      await own.end()
    }
  }

  const messageOf = (id: string): Outgoing => ({
    exchange: '',
    routingKey: 'work',
    id,
    message: {
      headers: { id },
      properties: { contentType: 'text/plain', contentEncoding: 'utf-8' },
      body: Buffer.from(id)
    }
  })
  const ready = async (channel: Channel) => (await channel.stat(['work']))[0]?.ready

  it('is used by four consumers in four processes without a loss or a double', async () => {
    const consumers = ['a', 'b', 'c', 'd'].map(() => run('consumer', '10', 'ack'))
    await until(() => consumers.every(each => each.lines.includes('ready')))
    const producers = ['a', 'b'].map(origin => run('producer', origin, '1500'))
    await Promise.all(producers.map(producer => producer.exit))
    expect(producers.map(producer => producer.lines)).toEqual([['1500'], ['1500']])
    const received = (): string[] => consumers.flatMap(each => each.lines.filter(line => line !== 'ready'))
    await until(() => received().length >= 3000)
    const channel = await open()
    await until(async () => (await channel.stat(['work']))[0]?.unacked === 0)
    expect(received()).toHaveLength(3000)
    expect(new Set(received()).size).toBe(3000)
  })

  it('gives what a killed consumer held to another when its lease ends, marked', async () => {
    const channel = await open(1)
    const doomed = run('consumer', '1', 'hold')
    await until(() => doomed.lines.includes('ready'))
    await channel.publish(['x', 'y', 'z'].map(messageOf))
    await until(() => doomed.lines.length === 4)
    doomed.process.kill('SIGKILL')
    const heir = run('consumer', '1', 'ack')
    await until(() => heir.lines.length === 4)
    expect([...heir.lines].sort()).toEqual(['ready', 'x again', 'y again', 'z again'])
  })

  it('keeps the lease of a consumer whose thread is blocked', async () => {
    const channel = await open(1)
    const blocked = run('consumer', '1', 'block')
    await until(() => blocked.lines.includes('ready'))
    await channel.publish([messageOf('x')])
    await until(() => blocked.lines.includes('acked 1'))
    expect(blocked.lines).toEqual(['ready', 'x', 'acked 1'])
    expect(await channel.stat(['work'])).toMatchObject([{ ready: 0, unacked: 0 }])
  })

  it('makes its tables once when several start at once', async () => {
    const channels = await Promise.all(Array.from({ length: 6 }, () => open()))
    await Promise.all(channels.map((channel, index) => channel.publish([messageOf(`m${index}`)])))
    expect(await ready(channels[0] as Channel)).toBe(6)
    expect(await database.query('SELECT name, version FROM umbel_schema')).toEqual([{ name: 'transport', version: 2 }])
  })

  it('ends the connection when the server ends it in the middle of a batch; repeats make no doubles', async () => {
    const channel = await open()
    const [connection] = connections
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 100 }, (_, index) => messageOf(`${batch}-${index}`))
    )
    const publishing = batches.map(batch => channel.publish(batch).catch((error: Error) => batch.map(() => error)))
    await database.sever()
    const outcomes = await Promise.all(publishing)
    const reason = await connection?.closed
    expect(reason).toBeInstanceOf(ConnectionError)
    expect(reason).toMatchObject({ recoverable: true })
    const again = await open()
    for (const [index, batch] of batches.entries())
      if (outcomes[index]?.some(error => error !== undefined) === true)
        expect(await again.publish(batch.map(item => ({ ...item, repeated: true })))).toEqual(
          batch.map(() => undefined)
        )
    expect(await ready(again)).toBe(2000)
  })

  it('tells a consumer that its connection is lost, and gives its messages to the next', async () => {
    const publisher = await open(1)
    const consumer = await open(1)
    const [, lost] = connections
    const held: Delivery[] = []
    await consumer.consume(
      ['work'],
      { deliver: batch => void held.push(...batch), lost: () => undefined },
      { prefetch: 0 }
    )
    await publisher.publish([messageOf('x')])
    await until(() => held.length === 1)
    await database.sever()
    expect(await lost?.closed).toMatchObject({ recoverable: true })
    const heir = await open(1)
    const inherited: Delivery[] = []
    await heir.consume(
      ['work'],
      { deliver: batch => void inherited.push(...batch), lost: () => undefined },
      { prefetch: 0 }
    )
    await until(() => inherited.length === 1)
    expect(inherited[0]?.redelivered).toBe(true)
  })

  it('finds out by its silence that a server is gone without a word, whether it consumes or publishes', async () => {
    await open()
    const proxy = await createProxy(database.url)
    const options = { transportOptions: { busyTimeout: 0.5 } }
    const [consumer, publisher] = await Promise.all([1, 2].map(() => sql().connect(proxy.url, options)))
    const [consuming, publishing] = await Promise.all([consumer?.openChannel(), publisher?.openChannel()])
    const got: Delivery[] = []
    await consuming?.consume(
      ['work'],
      { deliver: batch => void got.push(...batch), lost: () => undefined },
      { prefetch: 1 }
    )
    await publishing?.publish([messageOf('x')])
    await until(() => got.length === 1)
    proxy.silence()
    const [outcome] = (await publishing?.publish([messageOf('y')])) ?? []
    expect(outcome).toMatchObject({ recoverable: true })
    expect(await consumer?.closed).toMatchObject({ recoverable: true })
    expect(await publisher?.closed).toMatchObject({ recoverable: true })
    await proxy.close()
  })

  describe('within a transaction of the caller', () => {
    it('publishes with its commit, and rings', async () => {
      const channel = await open()
      const got: string[] = []
      const deliver = (batch: readonly Delivery[]): void =>
        void got.push(...batch.map(({ message }) => String(message.headers['id'])))
      await channel.consume(['work'], { deliver, lost: () => undefined }, { prefetch: 0, noAck: true })
      await client(async own => {
        await own.query('BEGIN')
        expect(await channel.publish([messageOf('x'), messageOf('y')], { within: own })).toEqual([undefined, undefined])
        expect((await own.query('SELECT id FROM umbel_message ORDER BY seq')).rows).toEqual([{ id: 'x' }, { id: 'y' }])
        expect(await ready(channel)).toBe(0)
        expect(got).toEqual([])
        await own.query('COMMIT')
      })
      await until(() => got.length === 2)
      expect(got).toEqual(['x', 'y'])
    })

    it('leaves nothing after a rollback', async () => {
      const channel = await open()
      await client(async own => {
        await own.query('BEGIN')
        await channel.publish([messageOf('x')], { within: own })
        await own.query('ROLLBACK')
      })
      expect(await ready(channel)).toBe(0)
    })

    it('takes a client that answers rows alone, and refuses what is none', async () => {
      const channel = await open()
      await client(async own => {
        const runner = { query: async (text: string, values: unknown[]) => (await own.query(text, values)).rows }
        await own.query('BEGIN')
        expect(await channel.publish([messageOf('x')], { within: runner })).toEqual([undefined])
        await own.query('COMMIT')
      })
      expect(await ready(channel)).toBe(1)
      const [error] = await channel.publish([messageOf('y')], { within: {} })
      expect(error).toBeInstanceOf(DatabaseClientError)
    })

    it('says so when the transaction has failed, and lives on', async () => {
      const channel = await open()
      await client(async own => {
        await own.query('BEGIN')
        await own.query('SELECT 1 / 0').catch(() => undefined)
        const [error] = await channel.publish([messageOf('x')], { within: own })
        expect(error).toBeInstanceOf(DatabaseClientError)
        await own.query('ROLLBACK')
      })
      expect(await channel.publish([messageOf('x')])).toEqual([undefined])
    })
  })

  it("uses a Pool of the application's, and leaves it open", async () => {
    const pool = new pg.Pool({ connectionString: database.url })
    // The database goes before the server has ended the last of its connections.
    pool.on('error', () => undefined)
    const connection = await sql({ databases: new SqlDatabases({ pool }) }).connect(database.url, { leaseThread: true })
    const channel = await connection.openChannel()
    const got: Delivery[] = []
    await channel.consume(
      ['work'],
      { deliver: batch => void got.push(...batch), lost: () => undefined },
      { prefetch: 0 }
    )
    await channel.publish([messageOf('x')])
    await until(() => got.length === 1)
    await connection.close()
    expect((await pool.query('SELECT redelivered FROM umbel_message')).rows).toEqual([{ redelivered: 1 }])
    await pool.end()
  })

  it('refuses a database with tables of Celery or kombu, and says where Python and TypeScript meet', async () => {
    await database.query('CREATE TABLE kombu_message (id int)')
    const refusal = await sql()
      .connect(database.url)
      .catch((error: unknown) => error as ConnectionError)
    expect(refusal).toMatchObject({ cause: expect.any(ForeignDatabaseError) as unknown, recoverable: false })
    for (const named of ['kombu_message', 'Redis', 'RabbitMQ', 'rpc://'])
      expect((refusal as ConnectionError).message).toContain(named)
  })

  it.each(['db+postgresql+psycopg2', 'sqla+postgresql', 'postgres', 'postgresql'])(
    'understands %s://',
    async scheme => {
      const connection = await sql().connect(database.url.replace('postgresql', scheme))
      connections.push(connection)
      const channel = await connection.openChannel()
      expect(await channel.publish([messageOf('x')])).toEqual([undefined])
      expect(connection.url).toMatch(/^postgresql:\/\//)
    }
  )

  it('says what it cannot reach, within its timeout', async () => {
    const url = 'postgresql://user:secret@127.0.0.1:1/none'
    const refusal = await sql()
      .connect(url, { timeout: 2 })
      .catch((error: unknown) => error as ConnectionError)
    expect(refusal).toBeInstanceOf(ConnectionError)
    expect(refusal).toMatchObject({ recoverable: true })
    expect((refusal as ConnectionError).message).not.toContain('secret')
  })
})
