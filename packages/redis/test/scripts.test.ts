import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Scripts } from '@umbel/redis'
import { RedisServer, temporaryFolder } from '@umbel/test-kit'
import { Redis } from 'ioredis'

const folder = temporaryFolder('redis-scripts')
const WRITE = "return redis.call('SET', KEYS[1], ARGV[1])"
const call = { keys: ['key'], args: ['value'] }
let server: RedisServer
let client: Redis

beforeAll(async () => {
  server = await RedisServer.start({ folder: folder.path })
  client = new Redis(server.port, { protocol: 2 })
})

afterAll(async () => {
  client.disconnect()
  await server.kill()
  folder.dispose()
})

it('tells a server again what it has forgotten', async () => {
  const scripts = new Scripts(client, { flags: true })
  expect(await scripts.run(WRITE, call)).toBe('OK')
  await client.script('FLUSH')
  expect(await scripts.run(WRITE, call)).toBe('OK')
  expect(await scripts.run(WRITE, call)).toBe('OK')
})

it('runs what drains a server whose memory is full, not what grows it: by flags, or as Redis 6 wants it', async () => {
  await client.config('SET', 'maxmemory', '1')
  for (const flags of [true, false]) {
    const scripts = new Scripts(client, { drains: true, flags })
    expect(await scripts.run(WRITE, call)).toBe('OK')
    const growing = new Scripts(client, { drains: true, flags })
    await expect(growing.run(WRITE, { ...call, grows: true })).rejects.toThrow(/^OOM/)
    await expect(new Scripts(client, { flags }).run(WRITE, call)).rejects.toThrow(/^OOM/)
  }
  await client.config('SET', 'maxmemory', '0')
})
