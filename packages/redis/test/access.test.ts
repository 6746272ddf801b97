import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openClient, readTargets, type TargetOptions } from '@umbel/redis'
import { type Authority, createAuthority, freePort, RedisServer, temporaryFolder, until } from '@umbel/test-kit'
import { ConnectionError } from '@umbel/transport'

const folder = temporaryFolder('redis-access')
const servers: RedisServer[] = []

async function serve(settings: readonly string[], { sentinel = false } = {}): Promise<RedisServer> {
  const server = await RedisServer.start({ folder: folder.path, settings, sentinel })
  servers.push(server)
  return server
}

type Options = Partial<TargetOptions>

/** Connects, and lets the server answer. */
async function use(url: string, options: Options = {}): Promise<void> {
  const [target] = readTargets(url, { masterName: undefined, sentinelPassword: undefined, tls: false, ...options })
  if (target === undefined) throw new Error(`${url} leads nowhere`)
  const client = await openClient(target, { connectTimeout: 4, commandTimeout: 4, name: 'test', keepAlive: true })
  try {
    expect(await client.ping()).toBe('PONG')
  } finally {
    client.disconnect()
  }
}

async function refusal(url: string, options: Options = {}): Promise<Error> {
  const before = performance.now()
  const error = await use(url, options).then(
    () => new Error('it was let in'),
    (thrown: unknown) => thrown as Error
  )
  expect(performance.now() - before).toBeLessThan(5000)
  expect(error).toBeInstanceOf(ConnectionError)
  return error
}

afterAll(async () => {
  for (const server of servers) await server.kill()
  folder.dispose()
})

describe('over TLS', () => {
  let server: RedisServer
  let ours: Authority
  let stranger: Authority
  let port: number

  beforeAll(async () => {
    ours = createAuthority(folder.path)
    stranger = createAuthority(folder.path, 'stranger')
    const own = ours.issue('server', ['127.0.0.1'])
    port = await freePort()
    const files = [`tls-cert-file ${own.certfile}`, `tls-key-file ${own.keyfile}`, `tls-ca-cert-file ${ours.file}`]
    server = await serve(['port 0', `tls-port ${port}`, ...files])
  })

  const secured = (query = '', host = '127.0.0.1'): string => `rediss://${host}:${port}/0${query}`

  it('is let in where authority, name and certificate are right', async () => {
    expect(server.port).not.toBe(port)
    const own = ours.issue('client')
    const query = new URLSearchParams({ ssl_ca_certs: ours.file, ssl_certfile: own.certfile, ssl_keyfile: own.keyfile })
    await use(secured(`?${query}`))
    await use(`redis://127.0.0.1:${port}/0`, {
      tls: { ca_certs: ours.file, certfile: own.certfile, keyfile: own.keyfile }
    })
  })

  it('refuses another authority, another name and a client without certificate', async () => {
    expect((await refusal(secured(`?ssl_ca_certs=${stranger.file}`))).message).toMatch(/certificate/)
    expect((await refusal(secured(`?ssl_ca_certs=${ours.file}`, 'localhost'))).message).toMatch(/localhost/)
    expect((await refusal(secured(`?ssl_ca_certs=${ours.file}`))).message).toMatch(
      /certificate required|does it want a certificate/
    )
  })
})

describe('as a user of an ACL', () => {
  it('is let in with its password alone', async () => {
    const { port } = await serve(['user default off', 'user me on >secret +@connection'])
    await use(`redis://me:secret@127.0.0.1:${port}/0`)
    expect((await refusal(`redis://me:wrong@127.0.0.1:${port}/0`)).message).toMatch(/WRONGPASS/)
    expect((await refusal(`redis://127.0.0.1:${port}/0`)).message).toMatch(/NOAUTH/)
  })
})

describe('at a unix socket', () => {
  it('is let in', async () => {
    const { socket } = await serve([])
    await use(`redis+socket://${socket}?virtual_host=1`)
    await use(`socket://${socket}`)
  })
})

describe('behind three Sentinels', () => {
  it('follows the master when it dies', async () => {
    const master = await serve([])
    const replica = await serve([`replicaof 127.0.0.1 ${master.port}`])
    const watched = [`sentinel monitor mymaster 127.0.0.1 ${master.port} 2`]
    const quick = ['sentinel down-after-milliseconds mymaster 500', 'sentinel failover-timeout mymaster 2000']
    const sentinels = await Promise.all([0, 1, 2].map(() => serve([...watched, ...quick], { sentinel: true })))
    const url = sentinels.map(({ port }) => `sentinel://127.0.0.1:${port}/0`).join(';')
    const options = { masterName: 'mymaster' }
    await use(url, options)
    await master.kill()
    await until(
      () =>
        use(url, options).then(
          () => true,
          () => false
        ),
      { what: 'the replica takes over', deadline: 20 }
    )
    expect(replica.port).not.toBe(master.port)
  }, 40_000)
})
