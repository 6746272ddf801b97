import {
  BackendClosedError,
  type BackendOptions,
  type ChordPart,
  type CompletedJoin,
  redactUrl,
  type ResultBackend,
  type Watch
} from '@umbel/backend'
import {
  decodeJson,
  decodeMeta,
  encodeJson,
  encodeMeta,
  type ResultMeta,
  type ResultTuple,
  readResultTuple,
  type SignatureData
} from '@umbel/protocol'
import { type Clock, createDeferred, systemClock, toError } from '@umbel/runtime'
import type { Lifetime, ResultTable, StoredMeta } from './results-table.js'
import { MemoryRevocations } from './results-revocations.js'
import { MemoryWatch } from './results-watch.js'

const DAY = 86_400

/** One connection to a store in this process. Every verb is one synchronous step, so every verb is atomic. */
export class MemoryBackend implements ResultBackend {
  readonly capabilities = { push: true, expires: true, joins: true, shared: false } as const
  readonly url: string
  readonly revocations: MemoryRevocations
  readonly #table: ResultTable
  readonly #clock: Clock
  /** Milliseconds. */
  readonly #expires: number
  readonly #watches = new Set<MemoryWatch>()
  readonly #ended = createDeferred<undefined>()
  #closed = false

  constructor(table: ResultTable, url: string, options: BackendOptions) {
    const { expires = DAY, clock = systemClock } = options
    this.url = redactUrl(url)
    this.#table = table
    this.#clock = clock
    this.revocations = new MemoryRevocations(table.revoked, () => this.#life().now)
    this.#expires = expires === 0 ? Number.POSITIVE_INFINITY : expires * 1000
  }

  get closed(): Promise<undefined> {
    return this.#ended.promise
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    const life = this.#life()
    const encoded = batch.map(encode)
    this.#table.store(encoded.filter(isStored), life)
    return encoded.map(item => (isStored(item) ? undefined : item))
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    const { now } = this.#life()
    return ids.map(id => {
      const stored = this.#table.metas.get(id, now)
      return stored === undefined ? undefined : decodeMeta(stored.text)
    })
  }

  async watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    this.#life()
    const watch = new MemoryWatch(this.#table, sink, () => this.#clock.now())
    this.#watches.add(watch)
    await watch.add(ids)
    return {
      add: more => watch.add(more),
      remove: fewer => watch.remove(fewer),
      close: () => {
        this.#watches.delete(watch)
        return watch.close()
      }
    }
  }

  async forget(ids: readonly string[]): Promise<void> {
    this.#life()
    for (const id of ids) this.#table.metas.delete(id)
  }

  async saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    this.#table.groups.set(groupId, encodeJson(group), this.#life())
  }

  async loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    const text = this.#table.groups.get(groupId, this.#life().now)
    return text === undefined ? undefined : readResultTuple(decodeJson(text))
  }

  async forgetGroup(groupId: string): Promise<void> {
    this.#life()
    this.#table.groups.delete(groupId)
  }

  async openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    const life = this.#life()
    const text = encodeJson(body)
    this.#table.join(groupId, life).open(size, text, life.now)
  }

  async growChord(groupId: string, by: number): Promise<void> {
    this.#table.join(groupId, this.#life()).grow(by)
  }

  async storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]> {
    const life = this.#life()
    return parts.map(part => this.#storePart(part, life))
  }

  async pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]> {
    const { now } = this.#life()
    const joins = [...this.#table.joins.entries(now)]
    const pending = joins.filter(([, join]) => join.isPending(now - olderThan * 1000))
    if (olderThan > 0) for (const [, join] of pending) join.claim(now)
    return pending.map(([id, join]) => join.read(id))
  }

  async confirmJoins(groupIds: readonly string[]): Promise<void> {
    const { now } = this.#life()
    for (const groupId of groupIds) this.#table.joins.get(groupId, now)?.confirm()
  }

  async sweep(): Promise<number> {
    const { now } = this.#life()
    const { metas, groups, joins } = this.#table
    return metas.sweep(now) + groups.sweep(now) + joins.sweep(now)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const watch of this.#watches) await watch.close()
    this.#watches.clear()
    this.revocations.close()
    this.#ended.resolve(undefined)
  }

  #storePart({ groupId, index, meta, store = true }: ChordPart, life: Lifetime): CompletedJoin | Error | undefined {
    const encoded = encode(meta)
    if (!isStored(encoded)) return encoded
    const join = this.#table.join(groupId, life)
    if (join.has(meta.task_id)) return undefined
    const complete = join.add(meta.task_id, { index, text: encoded.text }, life.now)
    if (store) this.#table.store([encoded], life)
    return complete ? join.read(groupId) : undefined
  }

  /** @throws BackendClosedError, so that every verb refuses once closed */
  #life(): Lifetime {
    if (this.#closed) throw new BackendClosedError(`the result store ${this.url}`)
    const now = this.#clock.now()
    return { now, expires: now + this.#expires }
  }
}

function encode(meta: ResultMeta): StoredMeta | Error {
  try {
    return { taskId: meta.task_id, status: meta.status, text: encodeMeta(meta) }
  } catch (thrown) {
    return toError(thrown)
  }
}

function isStored(item: StoredMeta | Error): item is StoredMeta {
  return 'text' in item
}
