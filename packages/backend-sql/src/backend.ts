import {
  BackendClosedError,
  BackendError,
  type BackendOptions,
  BackendStoreError,
  type ChordPart,
  type CompletedJoin,
  type ResultBackend,
  type Watch
} from '@umbel/backend'
import {
  decodeJson,
  encodeJson,
  type ResultMeta,
  type ResultTuple,
  readResultTuple,
  type SignatureData
} from '@umbel/protocol'
import { type Clock, createDeferred, systemClock, textFlaw, toError, UmbelError } from '@umbel/runtime'
import { DatabaseClosedError, DatabaseError, type SqlDatabase, type SqlSession, type WriteOptions } from '@umbel/sql'
import { decode, type EncodedMeta, encode, isEncoded } from './encoding.js'
import { claimJoins, confirm, type EncodedPart, growJoin, openJoin, pendingJoins, storeJoinParts } from './joins.js'
import { forgetResults, type Lifetime, loadResults, type SweptTable, storeResults, sweepTable } from './results.js'
import { SqlRevocations } from './revocations.js'
import { WatchHub } from './watching.js'

const DAY = 86_400
/** Rows that one transaction of `sweep` drops: others want to write too. */
const SWEEP_CHUNK = 1000
const SWEPT: readonly SweptTable[] = [
  { table: 'umbel_result', key: 'id' },
  { table: 'umbel_group', key: 'id' },
  { table: 'umbel_join', key: 'group_id' }
]

/** One connection to the results in a database. Every verb is one transaction. */
export class SqlBackend implements ResultBackend {
  readonly capabilities = { push: true, expires: false, joins: true, shared: true } as const
  readonly url: string
  readonly revocations: SqlRevocations
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #expires: number
  readonly #hub: WatchHub
  readonly #ended = createDeferred<Error | undefined>()
  #failure: BackendError | undefined
  #closing: Promise<void> | undefined

  /** The database is the backend's from then on. */
  constructor(database: SqlDatabase, options: BackendOptions) {
    const { expires = DAY } = options
    const clock = database.clockFrom(options.clock ?? systemClock)
    this.url = database.url
    this.#database = database
    this.#clock = clock
    this.#expires = expires
    this.#hub = new WatchHub(database, clock)
    this.revocations = new SqlRevocations({
      database,
      read: work => this.#read(work),
      write: work => this.#write(work),
      clock
    })
    void database.closed.then(reason => this.#end(reason))
  }

  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    this.#checkOpen()
    const encoded = batch.map(encode)
    const storable = encoded.filter(isEncoded)
    const failure = await this.#attemptStore(storable)
    return encoded.map(item => (isEncoded(item) ? failure && storeError(item, failure) : item))
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    const rows = await this.#read(session => loadResults(session, ids, this.#clock.now()))
    return ids.map(id => {
      const row = rows.get(id)
      return row === undefined ? undefined : decode(row)
    })
  }

  async watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    this.#checkOpen()
    return this.#guard(() => this.#hub.watch(ids, sink))
  }

  forget(ids: readonly string[]): Promise<void> {
    return this.#write(session => forgetResults(session, ids))
  }

  async saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    checkGroupId(groupId)
    const text = encodeJson(group, { path: 'group' })
    await this.#write((session, { expires }) =>
      session.run(
        `INSERT INTO umbel_group (id, children, expires_at) VALUES (?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET children = excluded.children, expires_at = excluded.expires_at`,
        [groupId, text, expires]
      )
    )
  }

  async loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    const [row] = await this.#read(session =>
      session.all('SELECT children FROM umbel_group WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)', [
        groupId,
        this.#clock.now()
      ])
    )
    return row === undefined ? undefined : readResultTuple(decodeJson(String(row['children'])))
  }

  async forgetGroup(groupId: string): Promise<void> {
    await this.#write(session => session.run('DELETE FROM umbel_group WHERE id = ?', [groupId]))
  }

  async openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    checkGroupId(groupId)
    await this.#write((session, life) => openJoin(session, { groupId, size, body }, life))
  }

  growChord(groupId: string, by: number): Promise<void> {
    return this.#write((session, life) => growJoin(session, groupId, { by, life }))
  }

  async storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]> {
    this.#checkOpen()
    const items = parts.map(toEncodedPart)
    const storable = items.filter(isPart)
    const outcomes =
      storable.length === 0 ? [] : [...(await this.#write((session, life) => storeJoinParts(session, storable, life)))]
    return items.map(item => (isPart(item) ? outcomes.shift() : item))
  }

  async pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]> {
    const now = this.#clock.now()
    const when = { since: now - olderThan * 1000, now }
    const found = await this.#read(session => pendingJoins(session, when))
    if (olderThan === 0 || found.length === 0) return found
    const claimed = await this.#write(session => claimJoins(session, when))
    return found.filter(({ groupId }) => claimed.has(groupId))
  }

  async confirmJoins(groupIds: readonly string[]): Promise<void> {
    await this.#write(session => confirm(session, groupIds))
  }

  async sweep(): Promise<number> {
    let swept = 0
    for (const table of SWEPT)
      for (let dropped = SWEEP_CHUNK; dropped === SWEEP_CHUNK; swept += dropped)
        dropped = await this.#write((session, { now }) => sweepTable(session, table, { now, limit: SWEEP_CHUNK }))
    return swept
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.revocations.close()
    await this.#hub.close()
    await this.#database.close()
    this.#ended.resolve(undefined)
  }

  /** The database has ended under us: whoever holds this connection is told before a verb rejects. */
  #end(reason: Error | undefined): void {
    if (this.#closing !== undefined || reason === undefined) return
    this.#failure = failureOf(reason)
    this.#ended.resolve(this.#failure)
    void this.close().catch(() => undefined)
  }

  /** The error of the store itself. */
  async #attemptStore(batch: readonly EncodedMeta[]): Promise<Error | undefined> {
    if (batch.length === 0) return undefined
    try {
      await this.#write((session, life) => storeResults(session, batch, life), { loose: true })
      return undefined
    } catch (thrown) {
      if (thrown instanceof BackendClosedError) throw thrown
      return toError(thrown)
    }
  }

  async #read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#checkOpen()
    return this.#guard(() => this.#database.read(work))
  }

  async #write<T>(work: (session: SqlSession, life: Lifetime) => Promise<T>, options?: WriteOptions): Promise<T> {
    this.#checkOpen()
    return this.#guard(() => this.#database.write(session => work(session, this.#life()), options))
  }

  #life(): Lifetime {
    const now = this.#clock.now()
    return { now, expires: this.#expires === 0 ? null : now + this.#expires * 1000 }
  }

  async #guard<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (thrown) {
      const cause = toError(thrown)
      // Where the database has ended, `closed` says so before the verb does.
      await endOfTurn()
      if (this.#failure !== undefined) throw this.#failure
      if (cause instanceof DatabaseClosedError) throw this.#closedError()
      throw cause instanceof UmbelError && !(cause instanceof DatabaseError) ? cause : failureOf(cause)
    }
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing !== undefined) throw this.#closedError()
  }

  #closedError(): BackendClosedError {
    return new BackendClosedError(`the result store ${this.url}`)
  }
}

function checkGroupId(groupId: string): void {
  const flaw = textFlaw(groupId)
  if (flaw !== undefined) throw new BackendError(`a group id that the database would not keep as it is: ${flaw}`)
}

function endOfTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

function failureOf(cause: Error): BackendError {
  const recoverable = cause instanceof UmbelError && cause.recoverable
  return new BackendError(`the result store failed: ${cause.message}`, { cause, recoverable })
}

function storeError({ taskId, status }: EncodedMeta, cause: Error): BackendStoreError {
  return new BackendStoreError(taskId, status, cause)
}

function toEncodedPart(part: ChordPart): EncodedPart | Error {
  const flaw = textFlaw(part.groupId)
  if (flaw !== undefined) return new BackendError(`a group id that the database would not keep as it is: ${flaw}`)
  const encoded = encode(part.meta)
  return isEncoded(encoded) ? { part, encoded } : encoded
}

function isPart(item: EncodedPart | Error): item is EncodedPart {
  return 'part' in item
}
