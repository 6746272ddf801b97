import { BackendClosedError, type Watch } from '@umbel/backend'
import type { ResultMeta } from '@umbel/protocol'
import type { Clock, Timer } from '@umbel/runtime'
import type { SqlDatabase } from '@umbel/sql'
import { NewsReader } from './news.js'
import { loadFinal } from './results.js'
import { taskOf } from './topics.js'

type Sink = (batch: readonly ResultMeta[]) => void

/** Ids read, and ids loaded, in one go. */
const MOST_NEWS = 5000
/** Milliseconds until a look that failed is repeated. */
const RETRY = 200
const LONGEST_INTERVAL = 2 ** 31 - 1

/**
 * Tells all watches of one connection what became final: one look per commit, however many watch. A look reads on in
 * the order of commits, so it costs what is new, not what is watched.
 */
export class WatchHub {
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #watches = new Map<string, Set<ResultWatch>>()
  #bell: { close(): void } | undefined
  #started: Promise<void> | undefined
  readonly #news = new NewsReader(MOST_NEWS)
  #looking: Promise<void> | undefined
  #again = false
  #retry: Timer | undefined
  /** While results are awaited the process must not end. */
  #keepAlive: NodeJS.Timeout | undefined
  #closed = false

  constructor(database: SqlDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  async watch(ids: readonly string[], sink: Sink): Promise<Watch> {
    const watch = new ResultWatch(this, sink)
    await watch.add(ids)
    return watch
  }

  /** From here on the watch is told of these. */
  async enter(watch: ResultWatch, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const watches = this.#watches.get(id)
      if (watches === undefined) this.#watches.set(id, new Set([watch]))
      else watches.add(watch)
    }
    if (this.#watches.size > 0) await this.#start()
    const final = await this.#database.read(session => loadFinal(session, ids, this.#clock.now()))
    watch.tell(final)
  }

  leave(watch: ResultWatch, ids: readonly string[]): void {
    for (const id of ids) {
      const watches = this.#watches.get(id)
      watches?.delete(watch)
      if (watches?.size === 0) this.#watches.delete(id)
    }
    if (this.#watches.size === 0) this.#stop()
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const watch of new Set([...this.#watches.values()].flatMap(watches => [...watches]))) await watch.close()
    this.#stop()
    await this.#looking
  }

  #start(): Promise<void> {
    this.#keepAlive ??= setInterval(() => undefined, LONGEST_INTERVAL)
    this.#started ??= this.#database
      .read(session => this.#news.begin(session))
      .then(() => {
        // Somebody may have left meanwhile, and nobody be left.
        if (this.#keepAlive !== undefined)
          this.#bell ??= this.#database.onCommit(() => this.#look(), { has: topic => this.#isWatched(topic) })
        // What was committed in between rings no more.
        this.#look()
      })
    return this.#started
  }

  #stop(): void {
    clearInterval(this.#keepAlive)
    this.#keepAlive = undefined
    this.#bell?.close()
    this.#bell = undefined
    this.#started = undefined
    this.#retry?.cancel()
  }

  #isWatched(topic: string): boolean {
    const id = taskOf(topic)
    return id !== undefined && this.#watches.has(id)
  }

  #look(): void {
    this.#again = true
    this.#looking ??= this.#lookWhileNew().finally(() => {
      this.#looking = undefined
      if (this.#again && !this.#closed) this.#look()
    })
  }

  async #lookWhileNew(): Promise<void> {
    try {
      while (this.#again && this.#watches.size > 0) {
        this.#again = false
        await this.#readOn()
      }
      this.#again = false
    } catch {
      this.#again = false
      this.#retry?.cancel()
      this.#retry = this.#clock.setTimer(RETRY, () => this.#look())
    }
  }

  async #readOn(): Promise<void> {
    const final = await this.#database.read(async session => {
      const { ids, more } = await this.#news.read(session)
      if (more) this.#again = true
      const wanted = ids.filter(id => this.#watches.has(id))
      return loadFinal(session, wanted, this.#clock.now())
    })
    const told = new Map<ResultWatch, ResultMeta[]>()
    for (const meta of final)
      for (const watch of this.#watches.get(meta.task_id) ?? []) {
        const batch = told.get(watch)
        if (batch === undefined) told.set(watch, [meta])
        else batch.push(meta)
      }
    for (const [watch, batch] of told) watch.tell(batch)
  }
}

/** One watcher's ids; an id leaves when it is told. */
class ResultWatch implements Watch {
  readonly #hub: WatchHub
  readonly #sink: Sink
  readonly #ids = new Set<string>()
  #closed = false

  constructor(hub: WatchHub, sink: Sink) {
    this.#hub = hub
    this.#sink = sink
  }

  async add(ids: readonly string[]): Promise<void> {
    if (this.#closed) throw new BackendClosedError('the watch')
    const fresh = [...new Set(ids)].filter(id => !this.#ids.has(id))
    if (fresh.length === 0) return
    for (const id of fresh) this.#ids.add(id)
    try {
      await this.#hub.enter(this, fresh)
    } catch (error) {
      this.remove(fresh)
      throw error
    }
  }

  remove(ids: readonly string[]): void {
    this.#hub.leave(
      this,
      ids.filter(id => this.#ids.delete(id))
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    this.remove([...this.#ids])
  }

  tell(batch: readonly ResultMeta[]): void {
    const watched = batch.filter(meta => this.#ids.has(meta.task_id))
    if (watched.length === 0) return
    this.remove(watched.map(meta => meta.task_id))
    this.#sink(watched)
  }
}
