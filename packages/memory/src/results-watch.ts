import { BackendClosedError, type Watch } from '@umbel/backend'
import { decodeMeta, isReady, type ResultMeta } from '@umbel/protocol'
import type { Listener, ResultTable, StoredMeta } from './results-table.js'

/** Tells a sink of the ids it watches, at once where they are final already. */
export class MemoryWatch implements Watch, Listener {
  readonly #table: ResultTable
  readonly #sink: (batch: readonly ResultMeta[]) => void
  readonly #now: () => number
  readonly #ids = new Set<string>()
  #closed = false

  constructor(table: ResultTable, sink: (batch: readonly ResultMeta[]) => void, now: () => number) {
    this.#table = table
    this.#sink = sink
    this.#now = now
  }

  async add(ids: readonly string[]): Promise<void> {
    if (this.#closed) throw new BackendClosedError('the watch')
    const final: StoredMeta[] = []
    for (const id of new Set(ids)) {
      const meta = this.#table.metas.get(id, this.#now())
      this.#ids.add(id)
      if (meta !== undefined && isReady(meta.status)) final.push(meta)
      else this.#table.listen(id, this)
    }
    if (final.length > 0) this.hear(final)
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ids.delete(id)
      this.#table.unlisten(id, this)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.remove([...this.#ids])
  }

  hear(batch: readonly StoredMeta[]): void {
    const told = batch.filter(meta => this.#ids.delete(meta.taskId))
    if (told.length > 0) this.#sink(told.map(meta => decodeMeta(meta.text)))
  }
}
