import { backoffDelay, type Clock, sleep } from '@umbel/runtime'
import type { ResultBackend, RevocationStore } from './contract.js'
import { BackendClosedError } from './errors.js'

export interface LastingRevocationsParts {
  /** The store as it is now. */
  readonly backend: () => Promise<ResultBackend>
  /** Repeats a call that ended with its connection. */
  readonly call: <Answer>(verb: (backend: ResultBackend) => Promise<Answer>) => Promise<Answer>
  readonly clock: Clock
  readonly random: () => number
  /** Aborts when the store is closed. */
  readonly closing: AbortSignal
}

type Sink = (ids: readonly string[]) => void

/** Seconds between attempts to watch again. */
const PAUSE = { initial: 0.05, max: 5 }

/** Revocations of a store that outlives its connections. A watch goes on at the next one, and is told all of them again. */
export class LastingRevocations implements RevocationStore {
  readonly #parts: LastingRevocationsParts

  constructor(parts: LastingRevocationsParts) {
    this.#parts = parts
  }

  add(ids: readonly string[], expires: number): Promise<void> {
    return this.#parts.call(async backend => await storeOf(backend).add(ids, expires))
  }

  load(): Promise<readonly string[]> {
    return this.#parts.call(async backend => await storeOf(backend).load())
  }

  async watch(sink: Sink): Promise<{ close(): Promise<void> }> {
    const stopped = new AbortController()
    const signal = AbortSignal.any([stopped.signal, this.#parts.closing])
    const state: Watching = { inner: undefined, sink: ids => (signal.aborted ? undefined : sink(ids)), signal }
    await this.#open(state)
    return {
      close: async () => {
        stopped.abort()
        await state.inner?.close()
      }
    }
  }

  async #open(state: Watching): Promise<void> {
    const backend = await this.#parts.backend()
    state.inner = await storeOf(backend).watch(state.sink)
    void backend.closed.then(() => this.#goOn(state))
  }

  async #goOn(state: Watching): Promise<void> {
    const { clock, random } = this.#parts
    const { signal } = state
    state.inner = undefined
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#open(state)
        state.sink(await this.load())
        return
      } catch {
        await sleep(backoffDelay(attempt, { ...PAUSE, random }), { clock, signal }).catch(() => undefined)
      }
    }
  }
}

interface Watching {
  inner: { close(): Promise<void> } | undefined
  readonly sink: Sink
  readonly signal: AbortSignal
}

function storeOf({ revocations, url }: ResultBackend): RevocationStore {
  if (revocations === undefined) throw new BackendClosedError(`the result store ${url}`)
  return revocations
}
