import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { readTargets } from '@umbel/redis'
import { createAuthority, freePort, RedisServer, temporaryFolder } from '@umbel/test-kit'
import type { Connection } from '@umbel/transport'
import { redis } from '@umbel/transport-redis'
import { Redis } from 'ioredis'
import { closeAll, collect, message, texts, toQueue, until } from './support.js'

describe('a broker at redis, rediss and redis+socket', () => {
  const folder = temporaryFolder('redis-schemes')
  const connections: Connection[] = []
  const urls: Record<string, string> = {}
  let server: RedisServer
  let direct: Redis

  beforeAll(async () => {
    const authority = createAuthority(folder.path)
    const own = authority.issue('server', ['127.0.0.1'])
    const secure = await freePort()
    const files = [`tls-cert-file ${own.certfile}`, `tls-key-file ${own.keyfile}`, `tls-ca-cert-file ${authority.file}`]
    const settings = [`tls-port ${secure}`, 'tls-auth-clients no', ...files]
    server = await RedisServer.start({ folder: folder.path, settings })
    direct = new Redis({ path: server.socket, protocol: 2 })
    urls['redis'] = `redis://127.0.0.1:${server.port}/0`
    urls['rediss'] = `rediss://127.0.0.1:${secure}/0?ssl_ca_certs=${encodeURIComponent(authority.file)}`
    urls['redis+socket'] = `redis+socket://${server.socket}`
  })
  afterEach(async () => {
    await closeAll(connections.splice(0))
    await direct.flushall()
  })
  afterAll(async () => {
    direct.disconnect()
    await server.kill()
    folder.dispose()
  })

  it.each(['redis', 'rediss', 'redis+socket'])(
    '[TR-08] %s: messages in lists, bindings in sets, broadcasts by pub/sub',
    async scheme => {
      expect(redis().schemes).toContain(scheme)
      const connection = await redis().connect(urls[scheme] ?? '')
      connections.push(connection)
      const channel = await connection.openChannel()
      await channel.declare({
        exchanges: [{ name: 'd' }, { name: 'f', type: 'fanout' }],
        queues: [{ name: 'mine' }],
        bindings: [
          { exchange: 'd', queue: 'q', routingKey: 'key' },
          { exchange: 'f', queue: 'mine' }
        ]
      })
      expect(await direct.type('_kombu.binding.d')).toBe('set')
      await channel.publish([toQueue('q', 'first'), { exchange: 'd', routingKey: 'key', message: message('second') }])
      expect([await direct.type('q'), await direct.llen('q')]).toEqual(['list', 2])
      const collected = await collect(channel, ['q', 'mine'], { ack: true })
      expect(await direct.pubsub('NUMPAT')).toBeGreaterThan(0)
      await channel.publish([{ exchange: 'f', routingKey: '', message: message('to all') }])
      await until('three', () => collected.deliveries.length === 3)
      expect([...texts(collected)].sort()).toEqual(['first', 'second', 'to all'])
    }
  )

  it('[TR-08] the port is 6379 where none is named', () => {
    const options = { masterName: undefined, sentinelPassword: undefined, tls: false }
    for (const url of ['redis://', 'redis://host', 'rediss://host/1', 'redis://me:secret@host/0'])
      expect(readTargets(url, options)[0]?.options.port).toBe(6379)
  })
})
