import { readFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it } from '@jest/globals'
import { createAuthority, freePort, RedisServer, temporaryFolder } from '@umbel/test-kit'
import { type Channel, type Connection, type ConnectOptions, ConnectionError } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { Redis } from 'ioredis'
import { closeAll, collect, message, texts, toQueue, until } from './support.js'

const folder = temporaryFolder('redis-broker')
const servers: RedisServer[] = []
const connections: Connection[] = []

afterEach(() => closeAll(connections.splice(0)))
afterAll(async () => {
  for (const server of servers) await server.kill()
  folder.dispose()
})

async function serve(...settings: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start({ folder: folder.path, settings })
  servers.push(server)
  return server
}

async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const connection = await redis().connect(url, { lease: 0.3, ...options })
  connections.push(connection)
  return connection
}

describe('over TLS', () => {
  it('[SEC-05] a broker is used and leases are renewed, from another thread too; what is wrong is told within seconds', async () => {
    const [ours, stranger] = [createAuthority(folder.path), createAuthority(folder.path, 'stranger')]
    const [own, client] = [ours.issue('server', ['127.0.0.1']), ours.issue('client')]
    const port = await freePort()
    const files = [`tls-cert-file ${own.certfile}`, `tls-key-file ${own.keyfile}`, `tls-ca-cert-file ${ours.file}`]
    const { socket } = await serve('port 0', `tls-port ${port}`, ...files)
    const tls = { ssl_ca_certs: ours.file, ssl_certfile: client.certfile, ssl_keyfile: client.keyfile }
    const secured = (host: string, query = {}): string => `rediss://${host}:${port}/0?${new URLSearchParams(query)}`
    for (const [url, options] of [
      [secured('127.0.0.1', tls), {}],
      [`redis://127.0.0.1:${port}/0`, { tls }]
    ] as const) {
      const channel = await (await connect(url, { ...options, leaseThread: true })).openChannel()
      await channel.publish([toQueue('q', 'over TLS')])
      const held = await collect(channel, ['q'])
      await until('it is delivered', () => held.deliveries.length === 1)
      const local = new Redis(socket, { protocol: 2 })
      const clients = async (): Promise<number> => String(await local.client('LIST')).match(/laddr=127/g)?.length ?? 0
      await until('two connections, and that of the thread', async () => (await clients()) === 3)
      local.disconnect()
      await channel.settle([{ tag: held.deliveries[0]?.tag ?? -1, kind: 'ack' }])
      await closeAll(connections.splice(0))
    }
    const wrong = [
      secured('127.0.0.1', { ...tls, ssl_ca_certs: stranger.file }),
      secured('localhost', tls),
      secured('127.0.0.1', { ssl_ca_certs: ours.file }),
      secured('127.0.0.1', { ...tls, ssl_ca_certs: stranger.file, ssl_check_hostname: 'false' })
    ]
    for (const url of wrong) {
      const before = performance.now()
      await expect(connect(url)).rejects.toBeInstanceOf(ConnectionError)
      expect(performance.now() - before).toBeLessThan(5000)
    }
    const { ssl_ca_certs: _none, ...certificate } = tls
    await connect(secured('localhost', { ...certificate, ssl_cert_reqs: 'none' }))
    await connect(secured('localhost', { ...tls, ssl_check_hostname: 'false' }))
  }, 30_000)
})

describe('a user with the rights that the README names', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rights = /```acl\n([^`]*)```/.exec(readme)?.[1]?.replaceAll('\n', ' ').trim() ?? ''

  it('may do all that a broker does, and is refused nothing', async () => {
    const { port } = await serve(
      'user default on nopass ~* &* +@all',
      `user me on >secret resetchannels -@all ${rights}`
    )
    const url = `redis://me:secret@127.0.0.1:${port}/0`
    const own = new Redis(port, { protocol: 2 })
    const holder = await connect(url, { name: 'holder', holder: 'worker', leaseThread: true })
    await exercise(await holder.openChannel())
    await own.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    expect(await holder.closed).toBeInstanceOf(ConnectionError)
    const heir = await (await connect(url, { name: 'heir', holder: 'worker' })).openChannel()
    const inherited = await collect(heir, ['celery'], { ack: true })
    await until('what was held is taken over', () => inherited.deliveries.length >= 2)
    const later = await (await connect(url)).openChannel()
    await later.delete('celery')
    await closeAll(connections.splice(0))
    expect(await own.call('ACL', 'LOG')).toEqual([])
    own.disconnect()
  })

  it('may do nothing else', () => {
    expect(rights).not.toMatch(/@|~\* |&\* |\+keys|flush|config|client\|(list|kill)/)
  })
})

/** Topology, messages of every kind, settlements of every kind. */
async function exercise(channel: Channel): Promise<void> {
  await channel.declare({
    exchanges: [
      { name: 'celery.pidbox', type: 'fanout' },
      { name: 'celery.topic', type: 'topic' }
    ],
    queues: [
      { name: 'celery', arguments: { 'x-expires': 60_000 } },
      { name: 'w1.celery.pidbox', exclusive: true }
    ],
    bindings: [
      { exchange: 'celery.pidbox', queue: 'w1.celery.pidbox' },
      { exchange: 'celery.topic', queue: 'celery', routingKey: 'a.*', arguments: { x: 1 } }
    ]
  })
  const deliveries = await collect(channel, ['celery', 'w1.celery.pidbox'])
  await until('somebody moves', async () => (await channel.stat(['celery']))[0]?.ready === 0)
  const notBefore = Date.now() + 100
  const eta = { headers: { eta: new Date(notBefore).toISOString() } }
  const sent = [
    toQueue('celery', 'plain'),
    toQueue('celery', 'later step', { priority: 9 }),
    { ...toQueue('celery', 'delayed', eta), notBefore },
    { exchange: 'celery.topic', routingKey: 'a.b', message: message('topic') },
    { exchange: 'celery.pidbox', routingKey: '', message: message('broadcast') }
  ]
  expect(await channel.publish(sent.slice(0, 2))).toEqual([undefined, undefined])
  expect(await channel.publish(sent.slice(2))).toEqual([undefined, undefined, undefined])
  await until('all are there', () => deliveries.deliveries.length === sent.length)
  expect([...texts(deliveries)].sort()).toEqual(['broadcast', 'delayed', 'later step', 'plain', 'topic'])
  const tagOf = (text: string): number => deliveries.deliveries[texts(deliveries).indexOf(text)]?.tag ?? -1
  const settled = await channel.settle([
    { tag: tagOf('plain'), kind: 'ack', publish: [{ ...toQueue('celery', 'retry'), notBefore: Date.now() + 60_000 }] },
    { tag: tagOf('later step'), kind: 'start' },
    { tag: tagOf('broadcast'), kind: 'ack' },
    { tag: tagOf('topic'), kind: 'reject', requeue: true }
  ])
  expect(settled).toEqual([undefined, undefined, undefined, undefined])
  await until('the rejected one is back', () => deliveries.deliveries.length === sent.length + 1)
}
