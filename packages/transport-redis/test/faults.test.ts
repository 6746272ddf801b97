import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type Connection, type ConnectOptions, ConnectionError, PublishError } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { startProxy } from '@umbel/test-kit'
import { Redis } from 'ioredis'
import { Server } from './server.js'
import { closeAll, collect, texts, toQueue, until } from './support.js'

describe('faults', () => {
  const connections: Connection[] = []
  const servers: Server[] = []
  afterEach(async () => {
    await closeAll(connections.splice(0))
    for (const server of servers.splice(0)) await server.dispose()
  })

  async function serve(options: readonly string[] = []): Promise<Server> {
    const server = await Server.start(options)
    servers.push(server)
    return server
  }

  async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
    const connection = await redis().connect(url, { lease: 0.4, ...options })
    connections.push(connection)
    return connection
  }

  it('[TR-14] a connection that is killed ends with its reason, and what it held comes back marked', async () => {
    const server = await serve()
    const channel = await (await connect(server.url)).openChannel()
    await channel.publish([toQueue('q', 'one'), toQueue('q', 'two')])
    const before = await collect(channel, ['q'])
    await until('both', () => before.deliveries.length === 2)
    await onServer(server, client => client.call('CLIENT', 'KILL', 'TYPE', 'normal'))
    expect(await connections[0]?.closed).toBeInstanceOf(ConnectionError)
    const after = await collect(await (await connect(server.url)).openChannel(), ['q'], { ack: true })
    await until('both again', () => after.deliveries.length === 2)
    expect(texts(after)).toEqual(['one', 'two'])
    expect(after.deliveries.every(({ redelivered }) => redelivered)).toBe(true)
  })

  it('a server that starts again without its scripts is told them, and what was there is consumed', async () => {
    const server = await serve(['--appendonly', 'yes', '--appendfsync', 'always'])
    const channel = await (await connect(server.url)).openChannel()
    await channel.publish([toQueue('q', 'kept')])
    const held = await collect(channel, ['q'])
    await until('taken', () => held.deliveries.length === 1)
    await channel.publish([{ ...toQueue('q', 'delayed'), notBefore: Date.now() + 600 }])
    await server.kill()
    expect(await connections[0]?.closed).toBeInstanceOf(ConnectionError)
    await server.start()
    const after = await collect(await (await connect(server.url)).openChannel(), ['q'], { ack: true })
    await until('both', () => after.deliveries.length === 2)
    expect([...texts(after)].sort()).toEqual(['delayed', 'kept'])
  })

  it('[TR-14] what was taken, while the answer got lost on its way, comes back', async () => {
    const server = await serve()
    const proxy = await startProxy(server.port)
    try {
      const transportOptions = { socket_timeout: 0.5 }
      const cut = await connect(`redis://127.0.0.1:${proxy.port}/0`, { transportOptions })
      const waiting = await cut.openChannel()
      const before = await collect(waiting, ['q'])
      const looked = (client: Redis) => client.client('LIST').then(list => String(list).includes('cmd=exists'))
      await until('it has looked', () => onServer(server, looked))
      await waiting.stat(['q'])
      proxy.swallow({ saying: 'TRACKING', answersOnly: true })
      const channel = await (await connect(server.url)).openChannel()
      await channel.publish([toQueue('q', 'one')])
      expect(await cut.closed).toBeInstanceOf(ConnectionError)
      const after = await collect(channel, ['q'], { ack: true })
      await until('it is back', () => after.deliveries.length === 1)
      expect(before.deliveries).toEqual([])
      expect(after.deliveries[0]?.redelivered).toBe(true)
    } finally {
      await proxy.close()
    }
  })

  it('scripts that the server forgot are told again', async () => {
    const server = await serve()
    const channel = await (await connect(server.url)).openChannel()
    const collected = await collect(channel, ['q'], { ack: true })
    await onServer(server, client => client.script('FLUSH'))
    await channel.publish([toQueue('q', 'one')])
    await until('delivered', () => collected.deliveries.length === 1)
    await until('acknowledged', async () => (await channel.stat(['q']))[0]?.unacked === 0)
  })

  it('a server that is out of memory refuses what is sent, and is drained all the same', async () => {
    const server = await serve()
    const channel = await (await connect(server.url)).openChannel()
    await channel.publish([toQueue('q', 'before')])
    await onServer(server, client => client.config('SET', 'maxmemory', '1'))
    expect(await channel.publish([toQueue('q', 'refused')])).toEqual([expect.any(PublishError)])
    const collected = await collect(channel, ['q'], { ack: true })
    await until('drained', () => collected.deliveries.length === 1)
    await until('acknowledged', async () => (await channel.stat(['q']))[0]?.unacked === 0)
    expect(texts(collected)).toEqual(['before'])
  })

  it('a thread that user code blocks keeps its messages when leases are renewed by another', async () => {
    const server = await serve()
    const holder = await (await connect(server.url, { leaseThread: true })).openChannel()
    await holder.publish([toQueue('q', 'long work')])
    const held = await collect(holder, ['q'])
    await until('taken', () => held.deliveries.length === 1)
    const index = (): Promise<string | null> =>
      onServer(server, async client => (await client.zrange('unacked_index', '0', '-1', 'WITHSCORES'))[1] ?? null)
    const first = await index()
    await until('renewed by the thread', async () => (await index()) !== first)
    const started = performance.now()
    while (performance.now() - started < 1500);
    const other = await collect(await (await connect(server.url)).openChannel(), ['q'])
    await until('somebody looked', async () => (await holder.stat(['q']))[0]?.unacked === 1)
    expect(other.deliveries).toEqual([])
    expect(held.lost).toEqual([])
  })

  it('[TR-14] warns of a maxmemory-policy that throws messages away', async () => {
    const server = await serve(['--maxmemory-policy', 'allkeys-lru'])
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue()
    await connect(server.url)
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([expect.stringContaining('allkeys-lru')])
    warn.mockRestore()
  })

  it('reaches a server by a list of URLs, a unix socket, with a user and a password', async () => {
    const server = await serve(['--user', 'worker', 'on', '>se/cr@t', '~*', '&*', '+@all'])
    const [socket, list, user] = [
      `redis+socket://${server.socket}?virtual_host=3`,
      `redis://127.0.0.1:1/0;${server.url}`,
      `redis://worker:se%2Fcr%40t@127.0.0.1:${server.port}/2`
    ]
    for (const url of [socket, list, user]) {
      const channel = await (await connect(url)).openChannel()
      expect(await channel.publish([toQueue('q', url)])).toEqual([undefined])
    }
    for (const database of [0, 2, 3])
      expect(await onServer(server, async client => (await client.select(database), client.llen('q')))).toBe(1)
    await expect(connect(`redis://worker:wrong@127.0.0.1:${server.port}/0`)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.not.stringContaining('wrong@')
    })
    await expect(connect('redis://127.0.0.1:1/0')).rejects.toBeInstanceOf(ConnectionError)
  })

  it('options that Redis does not know, or of the wrong kind, are named', async () => {
    const server = await serve()
    for (const [name, value] of Object.entries({
      visibility_timeout: '1h',
      priority_steps: [3, 0],
      nonsense: 1,
      sep: ''
    }))
      await expect(connect(server.url, { transportOptions: { [name]: value } })).rejects.toThrow(`'${name}'`)
    await expect(connect('sentinel://127.0.0.1:1/0')).rejects.toThrow('master_name')
    await connect(server.url, { transportOptions: { socket_timeout: 5, max_connections: 10, retry_on_timeout: true } })
  })
})

async function onServer<T>(server: Server, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(server.url, { protocol: 2 })
  try {
    return await work(client)
  } finally {
    client.disconnect()
  }
}
