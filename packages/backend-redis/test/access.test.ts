import { afterAll, describe, expect, it } from '@jest/globals'
import { BackendError, type BackendOptions, successMeta } from '@umbel/backend'
import { redisBackend } from '@umbel/backend-redis'
import { createAuthority, freePort, RedisServer, temporaryFolder } from '@umbel/test-kit'
import { Redis } from 'ioredis'

const folder = temporaryFolder('redis-results')
const servers: RedisServer[] = []
const meta = (id: string) => successMeta({ taskId: id, now: 0, children: [] }, id)

afterAll(async () => {
  for (const server of servers) await server.kill()
  folder.dispose()
})

async function serve(...settings: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start({ folder: folder.path, settings })
  servers.push(server)
  return server
}

/** Stores a result, is told of another, and reads both. */
async function use(url: string, options: BackendOptions = {}): Promise<void> {
  const backend = await redisBackend().connect(url, options)
  try {
    const told: unknown[] = []
    const watch = await backend.watch(['two'], batch => told.push(...batch))
    expect(await backend.store([meta('one'), meta('two')])).toEqual([undefined, undefined])
    expect(await backend.load(['one', 'two'])).toMatchObject([{ result: 'one' }, { result: 'two' }])
    await watch.close()
  } finally {
    await backend.close()
  }
}

it('[SEC-06] results are kept over TLS, where authority, name and certificate are right; else an error tells it soon', async () => {
  const [ours, stranger] = [createAuthority(folder.path), createAuthority(folder.path, 'stranger')]
  const [own, client] = [ours.issue('server', ['127.0.0.1']), ours.issue('client')]
  const port = await freePort()
  const files = [`tls-cert-file ${own.certfile}`, `tls-key-file ${own.keyfile}`, `tls-ca-cert-file ${ours.file}`]
  await serve('port 0', `tls-port ${port}`, ...files)
  const tls = { ssl_ca_certs: ours.file, ssl_certfile: client.certfile, ssl_keyfile: client.keyfile }
  const secured = (host: string, query = {}): string => `rediss://${host}:${port}/0?${new URLSearchParams(query)}`
  await use(secured('127.0.0.1', tls))
  await use(`redis://127.0.0.1:${port}/0`, { tls })
  const wrong = [
    secured('127.0.0.1', { ...tls, ssl_ca_certs: stranger.file }),
    secured('localhost', tls),
    secured('127.0.0.1', { ssl_ca_certs: ours.file })
  ]
  await use(secured('localhost', { ...tls, ssl_check_hostname: 'false' }))
  for (const url of wrong) {
    const before = performance.now()
    await expect(use(url)).rejects.toBeInstanceOf(BackendError)
    expect(performance.now() - before).toBeLessThan(5000)
  }
}, 30_000)

it.todo('[SEC-06] TLS to MongoDB and the other stores that are still to come')

it('results are kept behind a unix socket', async () => {
  const { socket } = await serve()
  await use(`redis+socket://${socket}?virtual_host=2`)
  await use(`socket://${socket}`)
})

describe('results', () => {
  it('[RB-10] are strings with a time to live, told on the channel of their key, and read with one MGET', async () => {
    const { port } = await serve()
    const own = new Redis(port, { protocol: 2 })
    const listener = own.duplicate()
    const heard: string[] = []
    listener.on('message', (channel: string, text: string) => heard.push(channel, text))
    const backend = await redisBackend().connect(`redis://127.0.0.1:${port}/0`, { expires: 100 })
    await listener.subscribe('celery-task-meta-id')
    await backend.store([meta('id')])
    expect(await own.type('celery-task-meta-id')).toBe('string')
    expect(await own.ttl('celery-task-meta-id')).toBeGreaterThan(90)
    await listener.ping()
    expect(heard).toEqual(['celery-task-meta-id', await own.get('celery-task-meta-id')])
    await own.config('RESETSTAT')
    await backend.load(Array.from({ length: 50 }, (_each, index) => `id-${index}`))
    const stats = await own.info('commandstats')
    expect(/cmdstat_mget:calls=(\d+)/.exec(stats)?.[1]).toBe('1')
    expect(stats).not.toMatch(/cmdstat_get:/)
    await backend.close()
    own.disconnect()
    listener.disconnect()
  })
})
