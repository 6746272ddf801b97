// Runs in a thread of its own: leases go on while user code blocks the thread that took the messages.
import { openClient, readTargets, Scripts } from '@umbel/redis'
import { workerData } from 'node:worker_threads'
import { ConnectionError } from '@umbel/transport'
import type { Redis } from 'ioredis'
import type { LeaseThreadData } from './lease-keeper.js'
import { RENEW_WORKER } from './scripts.js'

const { url, targetOptions, place, clientOptions, fields, keys, lease, flags } = workerData as LeaseThreadData
let client: Redis | undefined

async function connected(): Promise<Redis> {
  if (client?.status === 'ready') return client
  const target = readTargets(url, targetOptions)[place]
  if (target === undefined) throw new ConnectionError('the URL has fewer servers than before')
  client = await openClient(target, clientOptions)
  return client
}

async function renew(): Promise<void> {
  try {
    const scripts = new Scripts(await connected(), { drains: true, flags })
    await scripts.run(RENEW_WORKER, { keys, args: [lease, fields] })
  } catch {
    // Tried again at the next turn; the other thread hears of the fault by itself.
  }
  setTimeout(() => void renew(), (lease * 1000) / 3)
}

void renew()
