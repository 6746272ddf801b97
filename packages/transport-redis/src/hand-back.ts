import type { Scripts } from '@umbel/redis'
import type { Redis } from 'ioredis'
import type { Keys } from './keys.js'
import { HAND_BACK, LEAVE } from './scripts.js'

export interface HandBackParts {
  readonly client: Redis
  readonly scripts: Scripts
  readonly keys: Keys
  readonly database: number
  readonly worker: string
}

/** In one script: no script may hold up the server. */
const BATCH = 1000

/**
 * This connection ends. If none of ours is left that moves what is due, and Python consumes, messages that say their time
 * themselves (`eta`) go to their lists, as Celery sends them: in the sorted set nobody would ever look for them. Where
 * only ours consume they stay for the next.
 */
export async function leaveMovers(parts: HandBackParts): Promise<void> {
  const { scripts, keys, worker, client } = parts
  const left = await scripts.run(LEAVE, { keys: [keys.mover, keys.movers, keys.delayedIndex], args: [worker] })
  if (left !== 1 || !(await pythonConsumes(parts))) return
  for (const queue of await client.zrange(keys.delayedIndex, '0', '-1')) await handBack(parts, queue)
}

async function handBack({ scripts, keys }: HandBackParts, queue: string): Promise<void> {
  let kept = 0
  for (;;) {
    const answer = await scripts.run(HAND_BACK, {
      keys: [keys.delayedIndex, keys.delayed(queue), keys.mover],
      args: [queue, keys.list(queue), keys.separator, kept, BATCH]
    })
    const [moved = 0, stayed = 0] = answer as readonly number[]
    kept += stayed
    if (moved + stayed < BATCH) return
  }
}

/** kombu's consumers wait in BRPOP, nobody of ours does. Who may not ask assumes so. */
async function pythonConsumes({ client, database }: HandBackParts): Promise<boolean> {
  try {
    const clients = String(await client.client('LIST')).split('\n')
    return clients.some(line => line.includes(` db=${database} `) && line.includes(' cmd=brpop'))
  } catch {
    return true
  }
}
