import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { ask } from '../database.js'
import type { Fault } from './cases.js'
import type { Scene } from './scene.js'

const brokers = ['postgres'] as const
const OTHERS = 'FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL'

export const postgresFaults: readonly Fault[] = [
  {
    id: 'B20',
    title: 'LISTEN is silent',
    brokers,
    make: async ({ proxies }) => proxies.worker.swallow({ saying: 'LISTEN "', answersOnly: true })
  },
  { id: 'B21', title: 'access is revoked for a while', brokers, make: revoke },
  {
    id: 'C31',
    title: 'all backends are ended',
    brokers,
    make: async ({ server }) => await ask(server.url, `SELECT pg_terminate_backend(pid) ${OTHERS}`)
  },
  { id: 'C32', title: 'a transaction is left open', brokers, make: leaveOpen },
  { id: 'C33', title: 'no connection is left', brokers, make: exhaust }
]

async function revoke({ server, away }: Scene): Promise<void> {
  const administrator = await connect(server.url.replace(/\/postgres$/, '/template1'))
  await administrator.query('ALTER DATABASE postgres ALLOW_CONNECTIONS false')
  await administrator.query(`SELECT pg_terminate_backend(pid) ${OTHERS}`)
  await pause(away * 1000)
  await administrator.query('ALTER DATABASE postgres ALLOW_CONNECTIONS true')
  await administrator.end()
}

async function leaveOpen({ server, away }: Scene): Promise<void> {
  const client = await connect(server.url)
  await client.query('BEGIN')
  await client.query('SELECT pg_current_xact_id()')
  await pause(away * 1000)
  await client.query('ROLLBACK')
  await client.end()
}

/** One of them ends everybody else's, so that they have to open new ones. */
async function exhaust({ server, away }: Scene): Promise<void> {
  const taken = [await connect(server.url)]
  try {
    for (;;) taken.push(await connect(server.url))
  } catch {
    // "sorry, too many clients already"
  }
  await pause(away * 1000)
  await Promise.all(taken.map(client => client.end()))
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return client
}
