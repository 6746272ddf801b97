import type { ResultMeta, ResultTuple, SignatureData } from '@umbel/protocol'
import { type Clock, createDeferred, systemClock, UmbelError } from '@umbel/runtime'
import type {
  BackendCapabilities,
  ChordPart,
  CompletedJoin,
  ResultBackend,
  RevocationStore,
  Watch
} from './contract.js'
import { BackendClosedError } from './errors.js'
import { LastingRevocations } from './lasting-revocations.js'
import { LastingWatch } from './lasting-watch.js'

export interface LastingOptions {
  readonly clock?: Clock
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number
}

/**
 * A store that outlives its connections: one that has ended is dropped, and the next call opens another. A call that
 * ended with its connection is repeated once on the next, where that cannot do harm; watches go on there.
 * @throws what the first `connect` throws
 */
export async function lastingBackend(
  connect: () => Promise<ResultBackend>,
  options: LastingOptions = {}
): Promise<ResultBackend> {
  return new LastingBackend(await connect(), connect, options)
}

type Verb<Answer> = (backend: ResultBackend) => Promise<Answer>
type Outcomes = readonly unknown[]

class LastingBackend implements ResultBackend {
  readonly capabilities: BackendCapabilities
  readonly replyTo?: string
  readonly revocations: RevocationStore | undefined
  readonly #connect: () => Promise<ResultBackend>
  readonly #options: Required<LastingOptions>
  readonly #ended = createDeferred<Error | undefined>()
  readonly #watches = new Set<LastingWatch>()
  #url: string
  #current: Promise<ResultBackend> | undefined
  #closing: Promise<void> | undefined
  readonly #over = new AbortController()

  constructor(first: ResultBackend, connect: () => Promise<ResultBackend>, options: LastingOptions) {
    this.#connect = connect
    this.#options = { clock: systemClock, random: Math.random, ...options }
    this.capabilities = first.capabilities
    this.#url = first.url
    if (first.replyTo !== undefined) this.replyTo = first.replyTo
    this.revocations = first.revocations && this.#lastingRevocations()
    void this.#keep(Promise.resolve(first))
  }

  get url(): string {
    return this.#url
  }

  /** Resolves at `close()` alone: that a connection ended is no end of this. */
  get closed(): Promise<Error | undefined> {
    return this.#ended.promise
  }

  store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    return this.#batch(backend => backend.store(batch))
  }

  load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    return this.#call(backend => backend.load(ids))
  }

  async watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    const watch = new LastingWatch({
      ...this.#options,
      backend: () => this.#open(),
      sink,
      closed: () => void this.#watches.delete(watch)
    })
    this.#watches.add(watch)
    try {
      await watch.add(ids)
      return watch
    } catch (error) {
      await watch.close()
      throw error
    }
  }

  forget(ids: readonly string[]): Promise<void> {
    return this.#call(backend => backend.forget(ids))
  }

  saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    return this.#call(backend => backend.saveGroup(groupId, group))
  }

  loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    return this.#call(backend => backend.loadGroup(groupId))
  }

  forgetGroup(groupId: string): Promise<void> {
    return this.#call(backend => backend.forgetGroup(groupId))
  }

  openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    return this.#call(backend => backend.openChord(groupId, size, body))
  }

  /** Not repeated: grown twice, a join would wait for ever. */
  async growChord(groupId: string, by: number): Promise<void> {
    await (await this.#open()).growChord(groupId, by)
  }

  storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]> {
    return this.#batch(backend => backend.storeParts(parts))
  }

  pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]> {
    return this.#call(backend => backend.pendingJoins(olderThan))
  }

  confirmJoins(groupIds: readonly string[]): Promise<void> {
    return this.#call(backend => backend.confirmJoins(groupIds))
  }

  sweep(): Promise<number> {
    return this.#call(backend => backend.sweep())
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#over.abort()
    await Promise.all([...this.#watches].map(watch => watch.close()))
    const backend = await this.#current?.catch(() => undefined)
    await backend?.close()
    this.#ended.resolve(undefined)
  }

  #lastingRevocations(): RevocationStore {
    return new LastingRevocations({
      ...this.#options,
      backend: () => this.#open(),
      call: verb => this.#call(verb),
      closing: this.#over.signal
    })
  }

  async #call<Answer>(verb: Verb<Answer>): Promise<Answer> {
    const opening = this.#open()
    try {
      return await verb(await opening)
    } catch (thrown) {
      if (!this.#isOver(opening)) throw thrown
      return await verb(await this.#open())
    }
  }

  /** As `#call`, where the errors stand in the answer. */
  async #batch<Answers extends Outcomes>(verb: Verb<Answers>): Promise<Answers> {
    const opening = this.#open()
    const answers = await this.#call(verb)
    const failed = answers.some(answer => answer instanceof UmbelError || answer instanceof Error)
    return failed && this.#isOver(opening) ? await verb(await this.#open()) : answers
  }

  #isOver(opening: Promise<ResultBackend>): boolean {
    return this.#closing === undefined && this.#current !== opening
  }

  #open(): Promise<ResultBackend> {
    if (this.#current !== undefined) return this.#current
    if (this.#closing === undefined) return this.#keep(this.#connect())
    return Promise.reject(new BackendClosedError(`the result store ${this.#url}`))
  }

  /** A connection that could not be made, or that has ended, is forgotten: the next call makes another. */
  #keep(opening: Promise<ResultBackend>): Promise<ResultBackend> {
    const forget = (): void => {
      if (this.#current === opening && this.#closing === undefined) this.#current = undefined
    }
    this.#current = opening
    opening.then(backend => {
      this.#url = backend.url
      return backend.closed.then(forget)
    }, forget)
    return opening
  }
}
