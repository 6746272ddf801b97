import { setTimeout as pause } from 'node:timers/promises'
import { redisFaults } from './redis.js'
import { rabbitFaults } from './rabbitmq.js'
import { postgresFaults } from './postgres.js'
import { SERVERS, type ServerName } from '../grounds.js'
import type { Scene } from './scene.js'

/** Something that goes wrong. (peers.md 5.2) */
export interface Fault {
  /** The number of the list. */
  readonly id: string
  readonly title: string
  readonly brokers: readonly ServerName[]
  /** Resolves when the broker is back, or could be reached again by who notices that it is gone. */
  make(scene: Scene): Promise<void>
  /** What there is to put right when the worker consumes again. */
  undo?(scene: Scene): void
}

export const faults: readonly Fault[] = [
  { id: 'B13', title: 'the server restarts, idle', brokers: SERVERS, make: restartIdle },
  { id: 'B14', title: 'the server is killed under load', brokers: SERVERS, make: restart },
  { id: 'B15', title: 'a black hole', brokers: SERVERS, make: blackHole },
  { id: 'B16', title: 'half open: answers get lost', brokers: SERVERS, make: halfOpen },
  { id: 'B17', title: 'slow: 250 ms each way', brokers: SERVERS, make: slow },
  {
    id: 'B18',
    title: 'the first of two nodes is away',
    brokers: ['redis', 'rabbitmq'],
    make: async ({ proxies }) => proxies.worker.refuse(),
    undo: ({ proxies }) => proxies.worker.restore()
  },
  { id: 'B24', title: 'flapping', brokers: SERVERS, make: flap },
  { id: 'C34', title: 'the result store is away', brokers: SERVERS, make: noResults },
  ...redisFaults,
  ...rabbitFaults,
  ...postgresFaults
]

async function restart({ server, away }: Scene): Promise<void> {
  await server.kill()
  await pause(away * 1000)
  await server.start()
}

async function restartIdle(scene: Scene): Promise<void> {
  scene.client.signal('SIGSTOP')
  await restart(scene)
  scene.client.signal('SIGCONT')
}

async function blackHole({ proxies, away }: Scene): Promise<void> {
  for (const proxy of Object.values(proxies)) proxy.hold()
  await pause(away * 1000)
  for (const proxy of Object.values(proxies)) proxy.restore()
}

async function halfOpen({ proxies }: Scene): Promise<void> {
  for (const proxy of [proxies.worker, proxies.second]) proxy.swallow({ answersOnly: true })
}

async function slow({ proxies, away }: Scene): Promise<void> {
  for (const proxy of Object.values(proxies)) proxy.slow(0.25)
  await pause(away * 1000)
  for (const proxy of Object.values(proxies)) proxy.restore()
}

async function flap({ proxies, away }: Scene): Promise<void> {
  for (let times = 0; times < 4; times++) {
    for (const proxy of Object.values(proxies)) proxy.cut()
    await pause((away * 1000) / 2)
  }
}

async function noResults({ proxies, away }: Scene): Promise<void> {
  proxies.results.refuse()
  await pause(away * 1000)
  proxies.results.restore()
}
