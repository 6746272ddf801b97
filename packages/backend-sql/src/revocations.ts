import type { RevocationStore } from '@umbel/backend'
import { textFlaw } from '@umbel/runtime'
import type { Clock, Timer } from '@umbel/runtime'
import { type Insertion, perDialect, type SqlDatabase, type SqlSession } from '@umbel/sql'
import { REVOKED_TOPIC } from './topics.js'

type Sink = (ids: readonly string[]) => void

export interface RevocationsParts {
  readonly database: SqlDatabase
  /** Both turn what the database throws into the store's own errors. */
  readonly read: <T>(work: (session: SqlSession) => Promise<T>) => Promise<T>
  readonly write: <T>(work: (session: SqlSession) => Promise<T>) => Promise<T>
  readonly clock: Clock
}

/** Milliseconds between looks: SQLite rings after every commit, whatever it is about. */
const PAUSE = 100
/** Milliseconds by which what is told may have been added before the last look: transactions end in another order than they begin. */
const OVERLAP = 60_000

const insertion = perDialect(
  (): Insertion => ({
    table: 'umbel_revoked',
    columns: { id: 'text', added_at: 'bigint', expires_at: 'bigint' },
    conflict: `ON CONFLICT (id) DO UPDATE SET added_at = excluded.added_at, expires_at =
      CASE WHEN umbel_revoked.expires_at > excluded.expires_at THEN umbel_revoked.expires_at ELSE excluded.expires_at END`
  })
)
const LOAD = 'SELECT id FROM umbel_revoked WHERE expires_at > ? ORDER BY expires_at, id'
const NEWS = 'SELECT id FROM umbel_revoked WHERE added_at >= ? AND expires_at > ?'

/** Ids revoked, in a table of their own. */
export class SqlRevocations implements RevocationStore {
  readonly #parts: RevocationsParts
  readonly #watches = new Set<RevokedWatch>()

  constructor(parts: RevocationsParts) {
    this.#parts = parts
  }

  async add(ids: readonly string[], expires: number): Promise<void> {
    const { write, clock } = this.#parts
    // Nobody could have sent a task under an id that a database refuses.
    const storable = [...new Set(ids)].filter(id => textFlaw(id) === undefined)
    await write(async session => {
      const now = Math.trunc(clock.now())
      await session.run('DELETE FROM umbel_revoked WHERE expires_at <= ?', [now])
      const until = Math.trunc(now + expires * 1000)
      if (storable.length > 0)
        await session.insert(
          insertion(session),
          storable.map(id => [id, now, until])
        )
      session.announce([REVOKED_TOPIC])
    })
  }

  async load(): Promise<readonly string[]> {
    const { read, clock } = this.#parts
    const rows = await read(session => session.all(LOAD, [Math.trunc(clock.now())]))
    return rows.map(row => String(row['id']))
  }

  async watch(sink: Sink): Promise<{ close(): Promise<void> }> {
    const watch = new RevokedWatch(this.#parts, sink)
    await this.#parts.read(async () => undefined)
    watch.start()
    this.#watches.add(watch)
    return {
      close: async () => {
        this.#watches.delete(watch)
        watch.stop()
      }
    }
  }

  close(): void {
    for (const watch of this.#watches) watch.stop()
    this.#watches.clear()
  }
}

/** Looks for what is new after each commit about revocations. */
class RevokedWatch {
  readonly #parts: RevocationsParts
  readonly #sink: Sink
  #since: number
  #bell: { close(): void } | undefined
  #looking = false
  #again = false
  #pause: Timer | undefined
  #stopped = false

  constructor(parts: RevocationsParts, sink: Sink) {
    this.#parts = parts
    this.#sink = sink
    this.#since = parts.clock.now()
  }

  start(): void {
    const topics = { has: (topic: string) => topic === REVOKED_TOPIC }
    this.#bell = this.#parts.database.onCommit(() => this.#ring(), topics)
  }

  stop(): void {
    this.#stopped = true
    this.#bell?.close()
    this.#pause?.cancel()
  }

  #ring(): void {
    this.#again = true
    if (!this.#looking && !this.#stopped) void this.#look()
  }

  /** One look, a pause, and the next if it rang meanwhile. */
  async #look(): Promise<void> {
    this.#looking = true
    this.#again = false
    await this.#read().catch(() => {
      this.#again = true
    })
    if (this.#stopped) return
    const next = (): void => {
      this.#looking = false
      if (this.#again) this.#ring()
    }
    this.#pause = this.#parts.clock.setTimer(PAUSE, next, { keepAlive: false })
  }

  async #read(): Promise<void> {
    const { read, clock } = this.#parts
    const now = Math.trunc(clock.now())
    const rows = await read(session => session.all(NEWS, [Math.trunc(this.#since - OVERLAP), now]))
    this.#since = now
    if (rows.length > 0 && !this.#stopped) this.#sink(rows.map(row => String(row['id'])))
  }
}
