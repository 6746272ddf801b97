import {
  type BackendOptions,
  BacklogLimitError,
  mayReplace,
  type ReplyOptions,
  SharedStoreRequiredError
} from '@umbel/backend'
import { isReady, type ResultMeta, type ResultTuple } from '@umbel/protocol'
import { type Clock, systemClock } from '@umbel/runtime'

/** Replies that are kept for whoever asks for them. */
const MOST_KEPT = 10_000
/** Ids of replies that were not. */
const MOST_DROPPED = 100_000

interface Kept {
  readonly meta: ResultMeta
  readonly at: number
}

type Sink = (batch: readonly ResultMeta[]) => void

/** What has come to a client's queue: the last state of each task. */
export class Inbox {
  readonly #replies: ReplyOptions
  readonly #clock: Clock
  /** Milliseconds; 0: for ever. */
  readonly #expires: number
  readonly #kept = new Map<string, Kept>()
  readonly #dropped = new Set<string>()
  readonly #sinks = new Map<Sink, Set<string>>()

  constructor(replies: ReplyOptions, { clock = systemClock, expires = 86_400 }: BackendOptions) {
    this.#replies = replies
    this.#clock = clock
    this.#expires = expires * 1000
  }

  put(batch: readonly ResultMeta[]): void {
    const at = this.#clock.now()
    const news = batch.filter(meta => this.#keep(meta, at))
    this.#drop()
    for (const [sink, ids] of this.#sinks) {
      const told = news.filter(({ task_id: id, status }) => isReady(status) && ids.has(id))
      if (told.length > 0) sink(told)
    }
  }

  /**
   * undefined: nothing has come yet.
   * @throws SharedStoreRequiredError for a task whose reply goes to another client, BacklogLimitError
   */
  get(taskId: string): ResultMeta | undefined {
    this.check(taskId)
    const kept = this.#kept.get(taskId)
    const isOld = kept !== undefined && this.#expires > 0 && kept.at + this.#expires <= this.#clock.now()
    return isOld ? undefined : kept?.meta
  }

  /** @throws as `get` */
  check(taskId: string): void {
    if (this.#kept.has(taskId)) return
    if (this.#dropped.has(taskId))
      throw new BacklogLimitError(
        `more than ${MOST_KEPT} results came since that of task ${taskId}, which nobody had read`
      )
    if (!this.#replies.isExpected(taskId))
      throw new SharedStoreRequiredError(
        `the result of task ${taskId} goes to the client that sent it, and this is another (rpc://). ${ADVICE}`
      )
  }

  watch(sink: Sink): Set<string> {
    const ids = new Set<string>()
    this.#sinks.set(sink, ids)
    return ids
  }

  unwatch(sink: Sink): void {
    this.#sinks.delete(sink)
  }

  forget(taskIds: readonly string[]): void {
    for (const id of taskIds) this.#kept.delete(id)
  }

  #keep(meta: ResultMeta, at: number): boolean {
    const { task_id: id, status, children } = meta
    if (!mayReplace(this.#kept.get(id)?.meta.status, status)) return false
    this.#kept.delete(id)
    this.#kept.set(id, { meta, at })
    this.#replies.expect([id, ...(children ?? []).flatMap(idsOf)])
    return true
  }

  #drop(): void {
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break
      this.#kept.delete(id)
      this.#dropped.add(id)
    }
    for (const id of this.#dropped) {
      if (this.#dropped.size <= MOST_DROPPED) break
      this.#dropped.delete(id)
    }
  }
}

/** What every error names. */
export const ADVICE =
  "Set `resultBackend` (result_backend) to a store, for example 'redis://localhost/1', 'postgresql://localhost/results' or 'sqlite:///results.db', on clients and workers."

function idsOf([[id, parent], children]: ResultTuple): readonly string[] {
  return [id, ...(parent === null ? [] : idsOf(parent)), ...(children ?? []).flatMap(idsOf)]
}
