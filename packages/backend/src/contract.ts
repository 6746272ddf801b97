import type { ResultCodec, ResultMeta, ResultTuple, SignatureData } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'

/** A kind of result store: made by a driver package. */
export interface BackendFactory {
  /** 'redis' */
  readonly name: string
  readonly schemes: readonly string[]
  /** Results are replies through the broker, to a queue of the client's own. Default false. (rpc) */
  readonly replies?: boolean
  /** Keeps results in the form of `BackendOptions.codec`. Default false: it keeps JSON, and values are packed for it. */
  readonly encodes?: boolean
  connect(url: string, options?: BackendOptions): Promise<ResultBackend>
}

export interface BackendOptions {
  /** How long results are kept, seconds; 0 = for ever. Default 86400. (result_expires) */
  readonly expires?: number
  readonly clock?: Clock
  /** For factories that encode. Default JSON. (result_serializer, result_compression) */
  readonly codec?: ResultCodec
  /** As `ConnectOptions.tls` of a transport. (redis_backend_use_ssl) */
  readonly tls?: boolean | Readonly<Record<string, unknown>>
  /** Celery's result_backend_transport_options, for the driver to validate. */
  readonly transportOptions?: Readonly<Record<string, unknown>>
  /** For factories whose results are replies. */
  readonly replies?: ReplyOptions
}

/** What a store needs whose results are replies through the broker. */
export interface ReplyOptions {
  /** This client's own queue. */
  readonly queue: string
  /** Opens a connection to the broker, a `Connection` of @umbel/transport. */
  connect(): Promise<unknown>
  /** The task was sent by this client, so that its reply comes here. */
  isExpected(taskId: string): boolean
  /** These will reply, too: results tell of the tasks that a task has sent. */
  expect(taskIds: readonly string[]): void
  /** Replies outlive a restart of the broker. Default false. (result_persistent) */
  readonly persistent?: boolean
}

export interface BackendCapabilities {
  /** `watch` is told by the store; else it polls. */
  readonly push: boolean
  /** The store drops expired results itself. */
  readonly expires: boolean
  /** Chords work. */
  readonly joins: boolean
  /** What was written can be read by another process. */
  readonly shared: boolean
}

/**
 * Verbs take arrays; order in = order out; one bad item never fails its neighbours.
 *
 * A state is never overwritten by one that it outranks once it is final: SUCCESS stays for good, and FAILURE and
 * REVOKED yield only to another final state (a retry that succeeds elsewhere, a late revoke). A write that may not
 * happen is dropped without an error (`mayReplace`).
 *
 * A value that cannot be stored is its item's error. Once closed, every verb rejects with BackendClosedError.
 */
export interface ResultBackend {
  readonly capabilities: BackendCapabilities
  /** The URL without its password, for banners and errors. (as_uri) */
  readonly url: string
  /** Queue that answers are sent to, for backends that answer through the broker. */
  readonly replyTo?: string
  /**
   * Resolves when the connection to the store has ended, with the reason if it was not `close()`; never rejects. After
   * a reason every verb rejects with an error that may pass, on another connection: this one stays dead.
   */
  readonly closed: Promise<Error | undefined>

  /** Where revoked ids are kept; undefined where the store cannot. */
  readonly revocations?: RevocationStore | undefined

  store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]>
  /** undefined = nothing is known of that id: PENDING. What cannot be read is a FAILURE with BackendGetMetaError. */
  load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]>
  /**
   * Tells each id at least once when it is final, ids that were final before included. The sink gets at least one
   * meta, is called synchronously, must not throw, and is not called after `close()` resolved.
   */
  watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch>
  forget(ids: readonly string[]): Promise<void>

  saveGroup(groupId: string, group: ResultTuple): Promise<void>
  loadGroup(groupId: string): Promise<ResultTuple | undefined>
  forgetGroup(groupId: string): Promise<void>

  /**
   * Idempotent by group id, also after the join completed. Parts may arrive before; if all did (or `size` is 0),
   * the join is complete now and `pendingJoins` answers it.
   */
  openChord(groupId: string, size: number, body: SignatureData): Promise<void>
  /** The chord waits for `by` more parts, unless it is complete already. May come before it is opened. (add_to_chord) */
  growChord(groupId: string, by: number): Promise<void>
  /**
   * Stores each part's result and counts it, in one atomic step. A part is `(groupId, taskId)`: the same part again
   * replaces nothing and counts once. The step that completes a join answers it; every other answers undefined or
   * its error.
   */
  storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]>
  /**
   * Joins complete for `olderThan` seconds and not confirmed: the sweeper's. Whoever is answered has them for as long:
   * meanwhile no other call finds them, so that two sweepers do not publish one body at once. With 0 it only looks.
   */
  pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]>
  /** The bodies of these joins are published (or failed): forget all but that they were joined, until they expire. */
  confirmJoins(groupIds: readonly string[]): Promise<void>

  /** Drops what has expired where the store does not do so itself; answers how many. (backend_cleanup) */
  sweep(): Promise<number>
  close(): Promise<void>
}

export interface Watch {
  /** Watch these too. */
  add(ids: readonly string[]): Promise<void>
  remove(ids: readonly string[]): void
  close(): Promise<void>
}

export interface ChordPart {
  readonly groupId: string
  /** Position in the header; parts without one come last. */
  readonly index: number | null
  readonly meta: ResultMeta
  /** False: count the part but keep no result of the task itself (ignore_result). Default true. */
  readonly store?: boolean
  /**
   * The chord as the part's own message carries it, for stores shared with Python: what a Python client opened has its
   * size in the store and its body in the messages alone.
   */
  readonly body?: SignatureData
}

/** A join all of whose parts have arrived. */
export interface CompletedJoin {
  readonly groupId: string
  readonly body: SignatureData
  /** In header order. Of a part only `task_id`, `status` and `result` are sure: Celery's chord keys hold no more. */
  readonly parts: readonly ResultMeta[]
}

/** Ids revoked, kept where workers that start later find them. Loaded at start and pushed, never read per task. */
export interface RevocationStore {
  /** `expires`: seconds from now. An id that is there already is kept until the later of both. */
  add(ids: readonly string[], expires: number): Promise<void>
  /** Those that have not expired, in the order in which they do. */
  load(): Promise<readonly string[]>
  /** Tells ids that anybody adds from now on; an id may be told twice. The sink must not throw. */
  watch(sink: (ids: readonly string[]) => void): Promise<{ close(): Promise<void> }>
}
