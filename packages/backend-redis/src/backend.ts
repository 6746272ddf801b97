import {
  BackendClosedError,
  BackendError,
  type ChordPart,
  type CompletedJoin,
  createResultKeys,
  type ResultBackend,
  type ResultKeys,
  type Watch
} from '@umbel/backend'
import {
  jsonResults,
  type ResultCodec,
  type ResultMeta,
  type ResultTuple,
  readResultTuple,
  type SignatureData
} from '@umbel/protocol'
import { type Clock, createDeferred, systemClock, toError } from '@umbel/runtime'
import { Scripts } from '@umbel/redis'
import type { Redis } from 'ioredis'
import { chunks, MOST } from './chunks.js'
import type { RedisBackendParts } from './options.js'
import { isPassing } from './passing.js'
import { encoded } from './encoded.js'
import { bodyText, chordKeys, joinKeys, memberOf, readJoin, readMembers, scoreOf } from './joins.js'
import { RedisRevocations } from './revocations.js'
import { CONFIRM, GROW, OPEN, PENDING, STORE, STORE_PART } from './scripts.js'
import { metaKeys, readMeta } from './stored.js'
import { Listening, RedisWatch } from './watch.js'

const DAY = 86_400

/** One connection to Redis, and a second one that listens once somebody watches. Any fault ends both. */
export class RedisBackend implements ResultBackend {
  readonly capabilities = { push: true, expires: true, joins: true, shared: true } as const
  readonly url: string
  readonly revocations: RedisRevocations
  readonly #client: Redis
  readonly #scripts: Scripts
  readonly #open: () => Promise<Redis>
  readonly #codec: ResultCodec
  readonly #keys: ResultKeys
  readonly #pending: string
  readonly #clock: Clock
  /** Seconds; 0: for ever. */
  readonly #ttl: number
  readonly #ordered: 0 | 1
  readonly #ended = createDeferred<Error | undefined>()
  readonly #watches = new Set<RedisWatch>()
  #listener: Redis | undefined
  #listening: Promise<Listening> | undefined
  #state: 'open' | 'closed' = 'open'
  /** Why it has ended, if it was not closed. */
  #reason: Error | undefined

  constructor(
    client: Redis,
    open: () => Promise<Redis>,
    { url, prefix, ordered, expires = DAY, clock = systemClock, codec = jsonResults }: RedisBackendParts
  ) {
    this.url = url
    this.#client = client
    this.#scripts = new Scripts(client, { flags: false })
    this.#open = open
    this.#codec = codec
    this.#keys = createResultKeys(prefix)
    this.#pending = this.#keys.group('umbel-joins')
    this.#clock = clock
    this.#ttl = Math.ceil(expires)
    this.#ordered = ordered ? 1 : 0
    this.revocations = new RedisRevocations({
      key: this.#keys.group('umbel-revoked'),
      client,
      listening: () => this.#listen(),
      ask: command => this.#ask(command),
      clock
    })
    this.#endWith(client)
  }

  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    const texts = batch.map(meta => encoded(this.#codec, meta))
    const writable = batch.flatMap((meta, index) => {
      const text = texts[index]
      return text === undefined || text instanceof Error ? [] : [{ meta, text }]
    })
    await this.#ask(() =>
      Promise.all(
        chunks(writable).map(chunk =>
          this.#scripts.run(STORE, {
            keys: chunk.map(({ meta }) => this.#keys.task(meta.task_id)),
            args: [this.#ttl, ...chunk.flatMap(({ meta, text }) => [meta.status, text])]
          })
        )
      )
    )
    return texts.map(text => (text instanceof Error ? text : undefined))
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    const stored = await this.#ask(() =>
      Promise.all(chunks(ids).map(chunk => this.#client.mgetBuffer(...chunk.map(id => this.#keys.task(id)))))
    )
    return stored
      .flat()
      .map((bytes, index) => (bytes === null ? undefined : readMeta(this.#codec, ids[index] ?? '', bytes)))
  }

  async watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    this.#check()
    const watch: RedisWatch = new RedisWatch({
      listening: () => this.#listen(),
      load: some => this.load(some),
      keys: this.#keys,
      codec: this.#codec,
      sink,
      clock: this.#clock,
      // Where it fails the backend has ended, and says why.
      check: () => void this.#ask(async () => (await this.#listen()).check()).catch(() => undefined),
      closed: () => this.#watches.delete(watch)
    })
    this.#watches.add(watch)
    try {
      await watch.add(ids)
      return watch
    } catch (thrown) {
      this.#watches.delete(watch)
      throw this.#faultOf(thrown)
    }
  }

  async forget(ids: readonly string[]): Promise<void> {
    await this.#ask(() =>
      Promise.all(
        chunks(ids).map(chunk => this.#client.del(...chunk.flatMap(id => metaKeys(this.#keys.task(id), this.#codec))))
      )
    )
  }

  async saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    const [key, text] = [this.#keys.group(groupId), this.#codec.encode({ result: group })]
    await this.#ask(() => (this.#ttl > 0 ? this.#client.set(key, text, 'EX', this.#ttl) : this.#client.set(key, text)))
  }

  async loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    const stored = await this.#ask(() => this.#client.getBuffer(this.#keys.group(groupId)))
    return stored === null
      ? undefined
      : readResultTuple((this.#codec.decode(stored) as { readonly result: unknown }).result)
  }

  async forgetGroup(groupId: string): Promise<void> {
    await this.#ask(() => this.#client.del(this.#keys.group(groupId)))
  }

  async openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    const keys = [...joinKeys(this.#keys, groupId), this.#pending]
    const args = [this.#ttl, this.#clock.now(), groupId, size, bodyText(body)]
    await this.#ask(() => this.#scripts.run(OPEN, { keys, args }))
  }

  async growChord(groupId: string, by: number): Promise<void> {
    const { extra, state } = chordKeys(this.#keys, groupId)
    await this.#ask(() => this.#scripts.run(GROW, { keys: [extra, state], args: [this.#ttl, by] }))
  }

  async storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]> {
    const answers = await this.#ask(() => Promise.all(parts.map(part => this.#storePart(part))))
    const complete = parts.map(({ groupId }, index) => (answers[index] === 1 ? groupId : undefined))
    const joins = await this.#readJoins(complete.filter(groupId => groupId !== undefined))
    return answers.map((answer, index) => (answer instanceof Error ? answer : joins.get(complete[index] ?? '')))
  }

  async pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]> {
    const now = this.#clock.now()
    const claim = olderThan > 0 ? now : ''
    const args = [now - olderThan * 1000, claim, MOST]
    const groups = await this.#ask(() => this.#scripts.run(PENDING, { keys: [this.#pending], args }))
    const joins = await this.#readJoins(groups as readonly string[])
    const expired = (groups as readonly string[]).filter(groupId => !joins.has(groupId))
    if (expired.length > 0) await this.#ask(() => this.#client.zrem(this.#pending, ...expired))
    return [...joins.values()]
  }

  async confirmJoins(groupIds: readonly string[]): Promise<void> {
    await this.#ask(() =>
      Promise.all(
        groupIds.map(groupId => {
          const { state, kept } = chordKeys(this.#keys, groupId)
          return this.#scripts.run(CONFIRM, { keys: [state, kept, this.#pending], args: [this.#ttl, groupId] })
        })
      )
    )
  }

  /** The server drops what has expired. */
  async sweep(): Promise<number> {
    this.#check()
    return 0
  }

  async close(): Promise<void> {
    this.#end(undefined)
    await Promise.all([...this.#watches].map(watch => watch.close()))
  }

  async #storePart({ groupId, index, meta, store = true, body }: ChordPart): Promise<unknown> {
    const text = encoded(this.#codec, meta)
    if (text instanceof Error) return text
    const task = [meta.task_id, meta.status, text, store ? 1 : 0, scoreOf(index), memberOf(this.#codec, meta)]
    return this.#scripts.run(STORE_PART, {
      keys: [this.#keys.task(meta.task_id), ...joinKeys(this.#keys, groupId), this.#pending],
      args: [this.#ttl, this.#clock.now(), groupId, ...task, bodyText(body), this.#ordered]
    })
  }

  async #readJoins(groupIds: readonly string[]): Promise<ReadonlyMap<string, CompletedJoin>> {
    const stored = await this.#ask(() =>
      Promise.all(
        groupIds.map(async groupId => {
          const { state, kept } = chordKeys(this.#keys, groupId)
          const [fields, members] = await Promise.all([this.#client.hgetall(state), readMembers(this.#client, kept)])
          return readJoin({ codec: this.#codec, groupId, members, state: fields })
        })
      )
    )
    return new Map(stored.flatMap(join => (join === undefined ? [] : [[join.groupId, join] as const])))
  }

  #listen(): Promise<Listening> {
    this.#listening ??= this.#openListener()
    return this.#listening
  }

  async #openListener(): Promise<Listening> {
    const client = await this.#open()
    this.#listener = client
    if (this.#state === 'closed') client.disconnect()
    else this.#endWith(client)
    return new Listening(client)
  }

  #endWith(client: Redis): void {
    client.once('end', () =>
      this.#end(new BackendError(`the connection to the result store ${this.url} has ended`, { recoverable: true }))
    )
  }

  #end(reason: Error | undefined): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#reason = reason
    this.#ended.resolve(reason)
    this.#client.disconnect()
    this.#listener?.disconnect()
  }

  #check(): void {
    if (this.#state === 'closed') throw this.#closedError()
  }

  async #ask<Answer>(command: () => Promise<Answer>): Promise<Answer> {
    this.#check()
    try {
      return await command()
    } catch (thrown) {
      throw this.#faultOf(thrown)
    }
  }

  #closedError(): Error {
    return this.#reason ?? new BackendClosedError(`the result store ${this.url}`)
  }

  /** Half open: nobody else would notice. */
  #silent(cause: Error): Error {
    const error = new BackendError(`the result store ${this.url} does not answer`, { cause, recoverable: true })
    this.#end(error)
    return error
  }

  #faultOf(thrown: unknown): Error {
    if (this.#state === 'closed') return this.#closedError()
    const cause = toError(thrown)
    if (cause.message === 'Command timed out') return this.#silent(cause)
    return cause instanceof BackendError
      ? cause
      : new BackendError(`the result store ${this.url}: ${cause.message}`, { cause, recoverable: isPassing(cause) })
  }
}
