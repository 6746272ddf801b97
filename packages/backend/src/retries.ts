import type { ResultMeta, ResultTuple, SignatureData } from '@umbel/protocol'
import {
  backoffDelay,
  type Clock,
  type Logger,
  silentLogger,
  sleep,
  systemClock,
  toError,
  UmbelError
} from '@umbel/runtime'
import type {
  BackendCapabilities,
  ChordPart,
  CompletedJoin,
  ResultBackend,
  RevocationStore,
  Watch
} from './contract.js'
import { BackendGetMetaError, BackendStoreError } from './errors.js'

export interface RetryPolicy {
  /** Repeat what failed with an error that may pass. Default false. (result_backend_always_retry) */
  readonly alwaysRetry?: boolean
  /** Repetitions per call. Default Infinity. (result_backend_max_retries) */
  readonly maxRetries?: number
  /** Seconds before the first repetition, doubled each time. Default 0.01. (result_backend_base_sleep_between_retries_ms) */
  readonly baseSleep?: number
  /** Longest wait, seconds. Default 10. (result_backend_max_sleep_between_retries_ms) */
  readonly maxSleep?: number
  /** Which errors may pass; a driver marks its own. Default: those that say `recoverable`. (exception_safe_to_retry) */
  readonly isRecoverable?: (error: Error) => boolean
  readonly clock?: Clock
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number
  /** Told of the first failure of a series, and of its end. Default: nobody. */
  readonly logger?: Pick<Logger, 'info' | 'warn'>
  /** Ends the waits, and the repeating. */
  readonly signal?: AbortSignal
}

/**
 * The same store, with calls repeated while they fail with an error that may pass. Of a batch only the failed items
 * are repeated. When the repetitions are used up, `store` answers BackendStoreError and `load` rejects with
 * BackendGetMetaError, the last error as cause. (Backend.store_result, Backend.get_task_meta)
 */
export function withRetries(backend: ResultBackend, policy: RetryPolicy = {}): ResultBackend {
  return policy.alwaysRetry === true ? new RetryingBackend(backend, new Retrier(backend, policy)) : backend
}

class RetryingBackend implements ResultBackend {
  readonly capabilities: BackendCapabilities
  readonly replyTo?: string
  readonly revocations: RevocationStore | undefined
  readonly #backend: ResultBackend
  readonly #retrier: Retrier

  constructor(backend: ResultBackend, retrier: Retrier) {
    this.#backend = backend
    this.#retrier = retrier
    this.capabilities = backend.capabilities
    if (backend.replyTo !== undefined) this.replyTo = backend.replyTo
    this.revocations = backend.revocations && repeated(backend.revocations, retrier)
  }

  get url(): string {
    return this.#backend.url
  }

  get closed(): Promise<Error | undefined> {
    return this.#backend.closed
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    const outcomes = await this.#retrier.batch(batch, items => this.#backend.store(items))
    return outcomes.map((outcome, index) => this.#explain(outcome, batch[index]))
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    try {
      return await this.#retrier.call(() => this.#backend.load(ids))
    } catch (thrown) {
      throw this.#retrier.gaveUp(thrown) ? new BackendGetMetaError(ids.join(', '), thrown) : thrown
    }
  }

  watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    return this.#retrier.call(() => this.#backend.watch(ids, sink))
  }

  forget(ids: readonly string[]): Promise<void> {
    return this.#retrier.call(() => this.#backend.forget(ids))
  }

  saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    return this.#retrier.call(() => this.#backend.saveGroup(groupId, group))
  }

  loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    return this.#retrier.call(() => this.#backend.loadGroup(groupId))
  }

  forgetGroup(groupId: string): Promise<void> {
    return this.#retrier.call(() => this.#backend.forgetGroup(groupId))
  }

  openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    return this.#retrier.call(() => this.#backend.openChord(groupId, size, body))
  }

  /** Not repeated: grown twice, a join would wait for ever. */
  growChord(groupId: string, by: number): Promise<void> {
    return this.#backend.growChord(groupId, by)
  }

  async storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]> {
    const outcomes = await this.#retrier.batch(parts, items => this.#backend.storeParts(items))
    return outcomes.map((outcome, index) => this.#explain(outcome, parts[index]?.meta))
  }

  pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]> {
    return this.#retrier.call(() => this.#backend.pendingJoins(olderThan))
  }

  confirmJoins(groupIds: readonly string[]): Promise<void> {
    return this.#retrier.call(() => this.#backend.confirmJoins(groupIds))
  }

  sweep(): Promise<number> {
    return this.#retrier.call(() => this.#backend.sweep())
  }

  close(): Promise<void> {
    this.#retrier.close()
    return this.#backend.close()
  }

  #explain<Outcome>(outcome: Outcome | Error, meta: ResultMeta | undefined): Outcome | Error {
    if (meta === undefined || !this.#retrier.gaveUp(outcome)) return outcome
    return new BackendStoreError(meta.task_id, meta.status, outcome)
  }
}

function repeated(store: RevocationStore, retrier: Retrier): RevocationStore {
  return {
    add: (ids, expires) => retrier.call(() => store.add(ids, expires)),
    load: () => retrier.call(() => store.load()),
    watch: sink => retrier.call(() => store.watch(sink))
  }
}

/** Repeats calls with growing waits until they pass, fail for good, or the store is closed. */
class Retrier {
  readonly #backend: ResultBackend
  readonly #policy: RetryPolicy
  readonly #clock: Clock
  readonly #logger: Pick<Logger, 'info' | 'warn'>
  readonly #closing = new AbortController()
  readonly #over: AbortSignal
  #failing = false

  constructor(backend: ResultBackend, policy: RetryPolicy) {
    this.#backend = backend
    this.#policy = policy
    this.#clock = policy.clock ?? systemClock
    this.#logger = policy.logger ?? silentLogger
    const { signal } = this.#closing
    this.#over = policy.signal === undefined ? signal : AbortSignal.any([signal, policy.signal])
  }

  async call<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    for (let retries = 0; ; retries++) {
      try {
        const answer = await attempt()
        this.#note([])
        return answer
      } catch (thrown) {
        this.#note([thrown])
        if (!this.#mayRetry(thrown, retries)) throw thrown
        await this.#wait(retries)
      }
    }
  }

  /** Repeats the items that failed; a call that rejects failed for each. */
  async batch<Item, Answer>(
    items: readonly Item[],
    attempt: (items: readonly Item[]) => Promise<readonly (Answer | Error)[]>
  ): Promise<readonly (Answer | Error)[]> {
    const answers = new Map<Item, Answer | Error>()
    let open = items
    for (let retries = 0; open.length > 0; retries++) {
      const current = open
      const outcomes = await attempt(current).catch((thrown: unknown) => current.map(() => toError(thrown)))
      outcomes.forEach((outcome, index) => answers.set(current[index] as Item, outcome))
      this.#note(outcomes)
      open = current.filter((_, index) => this.#mayRetry(outcomes[index], retries))
      if (open.length > 0) await this.#wait(retries)
    }
    return items.map(item => answers.get(item) as Answer | Error)
  }

  /** Is this an error that was worth repeating? */
  gaveUp(outcome: unknown): outcome is Error {
    return this.#isRecoverable(outcome)
  }

  /** Ends the waits: the store is asked once more and says itself that it is closed. */
  close(): void {
    this.#closing.abort()
  }

  /** One line when a series of failures begins, and one when it ends: many calls fail at once. */
  #note(outcomes: readonly unknown[]): void {
    const error = outcomes.find(outcome => this.#isRecoverable(outcome)) as Error | undefined
    if ((error !== undefined) === this.#failing) return
    this.#failing = error !== undefined
    const { url } = this.#backend
    if (error === undefined) this.#logger.info(`the result store ${url} answers again`)
    else this.#logger.warn(`the result store ${url} does not answer: ${error.message}; trying again`)
  }

  #mayRetry(outcome: unknown, retries: number): boolean {
    return !this.#over.aborted && retries < (this.#policy.maxRetries ?? Infinity) && this.#isRecoverable(outcome)
  }

  #isRecoverable(outcome: unknown): outcome is Error {
    const { isRecoverable = saysSo } = this.#policy
    return isError(outcome) && isRecoverable(outcome)
  }

  async #wait(retries: number): Promise<void> {
    const { baseSleep = 0.01, maxSleep = 10, random = Math.random } = this.#policy
    const delay = backoffDelay(retries, { initial: baseSleep, max: maxSleep, random })
    await sleep(delay, { clock: this.#clock, signal: this.#over }).catch(() => undefined)
  }
}

function saysSo(error: Error): boolean {
  return error instanceof UmbelError && error.recoverable
}

/** Errors of another realm are told by their brand. Asked of every result stored: most are undefined. */
function isError(outcome: unknown): outcome is Error {
  if (typeof outcome !== 'object' || outcome === null) return false
  return outcome instanceof Error || outcome instanceof UmbelError || toError(outcome) === outcome
}
