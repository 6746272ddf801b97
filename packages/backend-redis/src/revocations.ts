import type { RevocationStore } from '@umbel/backend'
import type { Clock } from '@umbel/runtime'
import type { Redis } from 'ioredis'
import type { Hear, Listening } from './watch.js'

type Sink = (ids: readonly string[]) => void

export interface RevocationsParts {
  /** A sorted set, by when each id ends; the channel where new ones are told has the same name. */
  readonly key: string
  readonly client: Redis
  readonly listening: () => Promise<Listening>
  /** Turns what the server throws into the store's own errors. */
  readonly ask: <Answer>(command: () => Promise<Answer>) => Promise<Answer>
  readonly clock: Clock
}

/** Items per command. */
const MOST = 1000
/** Milliseconds that the key stays when nothing more is added, at least. */
const DAY = 86_400_000

/** Ids revoked, in keys of our own: Python's workers keep theirs in memory alone. */
export class RedisRevocations implements RevocationStore {
  readonly #parts: RevocationsParts

  constructor(parts: RevocationsParts) {
    this.#parts = parts
  }

  async add(ids: readonly string[], expires: number): Promise<void> {
    const { key, client, ask, clock } = this.#parts
    const now = clock.now()
    const until = now + expires * 1000
    for (let at = 0; at < ids.length; at += MOST) {
      const some = ids.slice(at, at + MOST)
      await ask(async () => {
        const multi = client.multi()
        multi.zremrangebyscore(key, '-inf', now)
        multi.zadd(key, 'GT', ...some.flatMap(id => [until, id]))
        multi.pexpire(key, Math.max(DAY, Math.ceil(expires * 1000)))
        multi.publish(key, JSON.stringify(some))
        await multi.exec()
      })
    }
  }

  load(): Promise<readonly string[]> {
    const { key, client, ask, clock } = this.#parts
    return ask(() => client.zrangebyscore(key, `(${clock.now()}`, '+inf'))
  }

  async watch(sink: Sink): Promise<{ close(): Promise<void> }> {
    const { key, ask, listening } = this.#parts
    const hear: Hear = (_key, stored) => {
      const ids = readIds(stored.toString())
      if (ids.length > 0) sink(ids)
    }
    await ask(async () => (await listening()).add([key], hear))
    return {
      close: async () => {
        const open = await listening().catch(() => undefined)
        open?.remove([key], hear)
      }
    }
  }
}

/** Somebody's own message on a channel of that name holds none. */
function readIds(text: string): readonly string[] {
  try {
    const ids: unknown = JSON.parse(text)
    return Array.isArray(ids) ? ids.filter(id => typeof id === 'string') : []
  } catch {
    return []
  }
}
