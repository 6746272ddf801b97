import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisServer } from '@umbel/test-kit'
import { type Ground, groundAt } from './grounds.js'

/** A master, a replica and three Sentinels, quick to fail over. */
export interface Watched {
  readonly ground: Ground
  readonly master: RedisServer
  dispose(): Promise<void>
}

const MASTER = 'mymaster'

export async function startWatched(): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'umbel-sentinels-'))
  const master = await RedisServer.start({ folder })
  const replica = await RedisServer.start({ folder, settings: [`replicaof 127.0.0.1 ${master.port}`] })
  const settings = [
    `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 2`,
    `sentinel down-after-milliseconds ${MASTER} 500`,
    `sentinel failover-timeout ${MASTER} 2000`
  ]
  const start = (): Promise<RedisServer> => RedisServer.start({ folder, settings, sentinel: true })
  const sentinels = [await start(), await start(), await start()]
  const urlOf = (database: number): string =>
    sentinels.map(({ port }) => `sentinel://127.0.0.1:${port}/${database}`).join(';')
  const ground = groundAt('redis', urlOf(0), urlOf(1))
  return {
    ground: { ...ground, env: { ...ground.env, E2E_MASTER: MASTER }, own: true },
    master,
    dispose: async () => {
      for (const server of [...sentinels, replica, master]) await server.kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
