import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { type Clock, systemClock } from '@umbel/runtime'
import { type Proxy, RedisServer, startProxy, temporaryFolder } from '@umbel/test-kit'
import { type Connection, type ConnectOptions, ConnectionError, PublishError } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { Redis } from 'ioredis'
import { closeAll, collect, toQueue, until } from './support.js'

/** Its timers run 20 times as fast. */
const fastClock: Clock = {
  ...systemClock,
  setTimer: (delay, callback, options) => systemClock.setTimer(delay / 20, callback, options)
}

describe('a server that refuses', () => {
  const folder = temporaryFolder('redis-refusals')
  const connections: Connection[] = []
  const servers: RedisServer[] = []
  const proxies: Proxy[] = []
  afterEach(async () => {
    await closeAll(connections.splice(0))
    for (const proxy of proxies.splice(0)) await proxy.close()
    for (const server of servers.splice(0)) await server.kill()
  })

  afterAll(() => folder.dispose())

  async function serve(...settings: readonly string[]): Promise<RedisServer> {
    const server = await RedisServer.start({ folder: folder.path, settings })
    servers.push(server)
    return server
  }

  async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
    const connection = await redis().connect(url, { lease: 0.4, ...options })
    connections.push(connection)
    return connection
  }

  it('takes no delayed message either while its memory is full', async () => {
    const { port } = await serve()
    const channel = await (await connect(`redis://127.0.0.1:${port}/0`)).openChannel()
    await collect(channel, ['elsewhere'])
    await asked(port, client => client.config('SET', 'maxmemory', '1'))
    const delayed = { ...toQueue('q', 'later'), notBefore: Date.now() + 60_000 }
    expect(await channel.publish([delayed])).toEqual([expect.any(PublishError)])
    await asked(port, client => client.config('SET', 'maxmemory', '0'))
    expect(await channel.publish([delayed])).toEqual([undefined])
  })

  it('is left when it is no master any more: another one is', async () => {
    const [{ port }, other] = [await serve(), await serve()]
    const url = `redis://127.0.0.1:${port}/0`
    const [one, two] = [await connect(url), await connect(url)]
    const [plain, delaying] = [await one.openChannel(), await two.openChannel()]
    await asked(port, client => client.replicaof('127.0.0.1', other.port))
    expect(await plain.publish([toQueue('q', 'x')])).toEqual([expect.any(ConnectionError)])
    const delayed = { ...toQueue('q', 'later'), notBefore: Date.now() + 60_000 }
    expect(await delaying.publish([delayed])).toEqual([expect.any(ConnectionError)])
    expect(await one.closed).toBeInstanceOf(ConnectionError)
    expect(await two.closed).toBeInstanceOf(ConnectionError)
    await expect(connect(url)).rejects.toMatchObject({
      code: 'CONNECTION',
      recoverable: true,
      message: expect.stringContaining('is a replica: expected the master')
    })
    await connect(`${url};redis://127.0.0.1:${other.port}/0`)
  })

  it('a command tells it when connecting, and holds nothing open', async () => {
    const { port } = await serve(
      'user default on nopass ~* &* +@all',
      'user me on >secret ~* &* +@all -client|tracking'
    )
    await expect(connect(`redis://me:secret@127.0.0.1:${port}/0`)).rejects.toMatchObject({
      code: 'CONNECTION',
      recoverable: false,
      message: expect.stringMatching(/cannot be used as a broker: NOPERM.*client\|tracking/)
    })
    const others = async (): Promise<number> =>
      String(await asked(port, client => client.client('LIST'))).match(/user=me/g)?.length ?? 0
    await until('nothing is open', async () => (await others()) === 0)
  })

  it('the connection that listens is asked whether it is there: broadcasts would be lost without a word', async () => {
    const { port } = await serve()
    const proxy = await startProxy(port)
    proxies.push(proxy)
    const options = { lease: 6, clock: fastClock, transportOptions: { socket_timeout: 0.3 } }
    const connection = await connect(`redis://127.0.0.1:${proxy.port}/0`, options)
    await collect(await connection.openChannel(), ['q'])
    proxy.swallow({ saying: '__redis__:invalidate' })
    expect(await connection.closed).toBeInstanceOf(ConnectionError)
  })
})

async function asked<T>(port: number, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(port, { protocol: 2 })
  try {
    return await work(client)
  } finally {
    client.disconnect()
  }
}
