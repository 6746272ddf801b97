import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Fault } from './cases.js'
import type { Scene } from './scene.js'

const brokers = ['redis'] as const

export const redisFaults: readonly Fault[] = [
  {
    id: 'B20',
    title: 'the bell is silent',
    brokers,
    make: async ({ proxies }) => {
      for (const proxy of [proxies.worker, proxies.second])
        proxy.swallow({ saying: '__redis__:invalidate', answersOnly: true })
    }
  },
  { id: 'B21', title: 'access is revoked for a while', brokers, make: revoke },
  { id: 'C25', title: 'maxmemory is reached', brokers, make: fillMemory },
  { id: 'C27', title: 'a script keeps the server busy', brokers, make: keepBusy }
]

async function revoke({ server, away }: Scene): Promise<void> {
  await onServer(server.url, async operator => {
    await operator.call('ACL', 'SETUSER', 'operator', 'on', '>secret', '~*', '&*', '+@all')
    await operator.call('AUTH', 'operator', 'secret')
    await operator.call('ACL', 'SETUSER', 'default', 'off')
    await operator.call('CLIENT', 'KILL', 'USER', 'default')
    await pause(away * 1000)
    await operator.call('ACL', 'SETUSER', 'default', 'on')
  })
}

async function fillMemory({ server, away }: Scene): Promise<void> {
  await onServer(server.url, async client => {
    await client.config('SET', 'maxmemory', '1')
    await pause(away * 1000)
    await client.config('SET', 'maxmemory', '0')
  })
}

async function keepBusy({ server, away }: Scene): Promise<void> {
  await onServer(server.url, async client => {
    // Connected before: a busy server answers nobody else.
    await onServer(server.url, async other => {
      await other.config('SET', 'lua-time-limit', '50')
      const running = client.eval('while true do end', 0).catch(() => undefined)
      await pause(away * 1000)
      await other.call('SCRIPT', 'KILL')
      await running
    })
  })
}

async function onServer(url: string, work: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(url, { protocol: 2 })
  client.on('error', () => undefined)
  try {
    await work(client)
  } finally {
    client.disconnect()
  }
}
