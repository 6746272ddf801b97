import { BackendClosedError, type PollingWatch, type ResultKeys, type Watch, watchByPolling } from '@umbel/backend'
import { isReady, type ResultCodec, type ResultMeta } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { Redis } from 'ioredis'
import { readMeta } from './stored.js'

/** Who is told of a key's messages. */
export type Hear = (key: string, stored: Buffer) => void

/** One connection that listens, shared by all watches. */
export class Listening {
  readonly #client: Redis
  readonly #hearers = new Map<string, Set<Hear>>()

  constructor(client: Redis) {
    this.#client = client
    client.on('messageBuffer', (channel: Buffer, stored: Buffer) => {
      const key = channel.toString()
      for (const hear of [...(this.#hearers.get(key) ?? [])]) hear(key, stored)
    })
  }

  /** Resolves when nothing that comes from now on is missed. */
  async add(keys: readonly string[], hear: Hear): Promise<void> {
    for (const key of keys) {
      const hearers = this.#hearers.get(key)
      if (hearers === undefined) this.#hearers.set(key, new Set([hear]))
      else hearers.add(hear)
    }
    if (keys.length > 0) await this.#client.subscribe(...keys)
  }

  /** Rejects within the timeout of a command where the connection is dead. */
  async check(): Promise<void> {
    await this.#client.ping()
  }

  remove(keys: readonly string[], hear: Hear): void {
    const unheard = keys.filter(key => {
      const hearers = this.#hearers.get(key)
      hearers?.delete(hear)
      return hearers?.size === 0 && this.#hearers.delete(key)
    })
    if (unheard.length > 0 && this.#client.status === 'ready')
      this.#client.unsubscribe(...unheard).catch(() => undefined)
  }
}

export interface RedisWatchParts {
  readonly listening: () => Promise<Listening>
  readonly load: (ids: readonly string[]) => Promise<readonly (ResultMeta | undefined)[]>
  readonly keys: ResultKeys
  readonly codec: ResultCodec
  readonly sink: (batch: readonly ResultMeta[]) => void
  readonly clock: Clock
  /** Ends the connection that listens where it is dead. */
  readonly check: () => void
  readonly closed: () => void
}

/** Seconds between two looks at what nobody has told of yet: a message may be lost, a connection half open. */
const LOOK_EVERY = 5

/** Listens, then looks once, so that what became final before is told too, and looks again now and then. */
export class RedisWatch implements Watch {
  readonly #parts: RedisWatchParts
  readonly #ids = new Set<string>()
  #poller: Promise<PollingWatch> | undefined
  #waiting: ResultMeta[] = []
  #firstLooks = 0
  #closed = false

  constructor(parts: RedisWatchParts) {
    this.#parts = parts
  }

  async add(ids: readonly string[]): Promise<void> {
    if (this.#closed) throw new BackendClosedError('the watch')
    const fresh = [...new Set(ids)].filter(id => !this.#ids.has(id))
    for (const id of fresh) this.#ids.add(id)
    try {
      const listening = await this.#parts.listening()
      await listening.add(this.#keysOf(fresh), this.#hear)
      await this.#look(fresh)
    } catch (error) {
      for (const id of fresh) this.#ids.delete(id)
      throw error
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#ids.delete(id)
    void this.#unlisten(ids)
  }

  async close(): Promise<void> {
    const ids = [...this.#ids]
    this.#closed = true
    this.#ids.clear()
    this.#waiting = []
    await this.#unlisten(ids)
    await (await this.#poller)?.close()
    this.#parts.closed()
  }

  async #look(ids: readonly string[]): Promise<void> {
    this.#firstLooks++
    try {
      await (await this.#polling()).add(ids)
    } finally {
      this.#firstLooks--
    }
  }

  #polling(): Promise<PollingWatch> {
    const { load, clock } = this.#parts
    this.#poller ??= watchByPolling(load, { ids: [], sink: found => this.#find(found), interval: LOOK_EVERY, clock })
    return this.#poller
  }

  readonly #hear: Hear = (key, stored) => {
    const { keys, codec } = this.#parts
    this.#tell(readMeta(codec, keys.taskId(key) ?? key, stored))
  }

  /** Nobody told of these: they were there before, or the connection that listens is dead and does not know it. */
  #find(metas: readonly ResultMeta[]): void {
    for (const meta of metas) this.#tell(meta)
    if (this.#firstLooks === 0) this.#parts.check()
  }

  /** What comes in one turn is told together. */
  #tell(meta: ResultMeta): void {
    if (!isReady(meta.status) || !this.#ids.delete(meta.task_id)) return
    this.#waiting.push(meta)
    if (this.#waiting.length === 1) setImmediate(() => this.#handOver())
    void this.#unlisten([meta.task_id])
  }

  #handOver(): void {
    const batch = this.#waiting
    this.#waiting = []
    if (batch.length > 0) this.#parts.sink(batch)
  }

  #keysOf(ids: readonly string[]): readonly string[] {
    return ids.map(id => this.#parts.keys.task(id))
  }

  async #unlisten(ids: readonly string[]): Promise<void> {
    try {
      ;(await this.#poller)?.remove(ids)
      const listening = await this.#parts.listening()
      listening.remove(this.#keysOf(ids), this.#hear)
    } catch {
      // The connection has ended, and with it all that listened.
    }
  }
}
