import { describe, expect, it } from '@jest/globals'
import {
  BackendError,
  BackendGetMetaError,
  BackendStoreError,
  DisabledBackend,
  type RetryPolicy,
  successMeta,
  withRetries
} from '@umbel/backend'
import type { ResultMeta } from '@umbel/protocol'
import { FakeClock } from '@umbel/runtime/conformance'

const away = new BackendError('the store is away', { recoverable: true })
const refused = new BackendError('the store refuses')

describe('withRetries', () => {
  it('[RB-05] repeats what may pass with growing waits until it passes, as the settings say', async () => {
    const { backend, clock, calls } = flaky({ failures: 5, baseSleep: 1, maxSleep: 4 })
    const loading = backend.load(['a'])
    const at = async (seconds: number): Promise<number> => {
      await clock.advance(seconds * 1000)
      return calls.length
    }
    expect([await at(0), await at(1), await at(2), await at(4), await at(3), await at(1)]).toEqual([1, 2, 3, 4, 4, 5])
    expect(await at(4)).toBe(6)
    expect(await loading).toEqual([undefined])
  })

  it('[RB-05] repeats only what the store’s own list of errors says may pass, when it has one', async () => {
    const isRecoverable = (error: Error): boolean => error.message === 'the store refuses'
    const listed = flaky({ failures: 2, error: refused, isRecoverable, baseSleep: 0 })
    const loading = listed.backend.load(['a'])
    await listed.clock.advance(1)
    expect([await loading, listed.calls.length]).toEqual([[undefined], 3])
    const other = flaky({ failures: 2, isRecoverable })
    await expect(other.backend.load(['a'])).rejects.toBe(away)
    expect(other.calls).toHaveLength(1)
  })

  it('repeats the failed items of a batch alone and keeps the order of the answers', async () => {
    const { backend, clock, calls } = flaky({ failures: 0, baseSleep: 0, itemFailures: { b: 2, d: 1 } })
    const storing = backend.store(['a', 'b', 'c', 'd'].map(meta))
    await clock.advance(1)
    expect(await storing).toEqual([undefined, undefined, undefined, undefined])
    expect(calls).toEqual([['a', 'b', 'c', 'd'], ['b', 'd'], ['b']])
  })

  it('answers errors that will not pass as they are, without repeating', async () => {
    const { backend, calls } = flaky({ failures: 0, itemFailures: { b: 9 }, error: refused })
    expect(await backend.store(['a', 'b'].map(meta))).toEqual([undefined, refused])
    expect(calls).toHaveLength(1)
  })

  it('[ST-13] gives up after max retries: storing and reading say which task and state, with the last error as cause', async () => {
    const storing = flaky({ failures: 9, maxRetries: 2, baseSleep: 0 })
    const stored = storing.backend.store([meta('a')])
    await storing.clock.advance(1)
    const [error] = await stored
    expect(error).toBeInstanceOf(BackendStoreError)
    expect(error).toBeInstanceOf(BackendError)
    expect(error).toMatchObject({ taskId: 'a', state: 'SUCCESS', cause: away })
    expect(error?.message).toBe('the result of task a (SUCCESS) cannot be stored')
    expect(storing.calls).toHaveLength(3)
    const reading = flaky({ failures: 9, maxRetries: 0 })
    const failure = await reading.backend.load(['a']).catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(BackendGetMetaError)
    expect(failure).toBeInstanceOf(BackendError)
    expect(failure).toMatchObject({ taskId: 'a', cause: away })
  })

  it('stops waiting when it is closed', async () => {
    const { backend, clock, calls } = flaky({ failures: 99, baseSleep: 10, maxSleep: 10 })
    const loading = backend.load(['a']).catch((thrown: unknown) => thrown)
    await clock.advance(0)
    await backend.close()
    expect(await loading).toBeInstanceOf(BackendError)
    expect([clock.timers, calls.length]).toEqual([0, 2])
  })

  it('says when a series of failures begins and when it ends, once each', async () => {
    const lines: string[] = []
    const logger = { warn: (line: string) => lines.push(`warn: ${line}`), info: (line: string) => lines.push(line) }
    const { backend, clock } = flaky({ failures: 5, baseSleep: 0, logger })
    const loading = [backend.load(['a']), backend.load(['b']), backend.store([meta('c')])]
    await clock.advance(1)
    await Promise.all(loading)
    await backend.load(['d'])
    expect(lines).toEqual([
      'warn: the result store disabled:// does not answer: the store is away; trying again',
      'the result store disabled:// answers again'
    ])
  })

  it('gives up when its signal aborts', async () => {
    const giveUp = new AbortController()
    const { backend, clock, calls } = flaky({ failures: 99, baseSleep: 10, signal: giveUp.signal })
    const loading = backend.load(['a']).catch((thrown: unknown) => thrown)
    await clock.advance(0)
    giveUp.abort()
    expect(await loading).toBeInstanceOf(BackendGetMetaError)
    expect([clock.timers, calls.length]).toEqual([0, 2])
    await expect(backend.forget([])).resolves.toBeUndefined()
  })

  it('does not repeat growing a chord, which may have happened', async () => {
    const { backend, calls } = flaky({ failures: 1 })
    await expect(backend.growChord('g', 1)).rejects.toBe(away)
    expect(calls).toHaveLength(1)
  })

  it('leaves the store as it is unless it is switched on', () => {
    const plain = new DisabledBackend()
    expect(withRetries(plain)).toBe(plain)
    expect(withRetries(plain, { alwaysRetry: false, maxRetries: 3 })).toBe(plain)
    const wrapped = withRetries(plain, { alwaysRetry: true })
    expect([wrapped.url, wrapped.capabilities]).toEqual([plain.url, plain.capabilities])
  })
})

interface Flakiness extends RetryPolicy {
  /** Calls that fail before one passes. */
  readonly failures: number
  readonly error?: Error
  /** Times that single items fail. */
  readonly itemFailures?: Readonly<Record<string, number>>
}

/** A store that fails as it is told, and what it was asked. */
class FlakyBackend extends DisabledBackend {
  readonly calls: (readonly string[])[] = []
  readonly #error: Error
  readonly #items: Map<string, number>
  #failures: number

  constructor({ failures, error = away, itemFailures = {} }: Flakiness) {
    super()
    this.#failures = failures
    this.#error = error
    this.#items = new Map(Object.entries(itemFailures))
  }

  override async store(batch: readonly ResultMeta[]): Promise<readonly undefined[]> {
    this.#called(batch.map(each => each.task_id))
    return batch.map(each => this.#outcome(each.task_id)) as readonly undefined[]
  }

  override async load(ids: readonly string[] = []): Promise<never> {
    this.#called(ids)
    return ids.map(() => undefined) as never
  }

  override async growChord(): Promise<void> {
    this.#called(['grow'])
  }

  #called(ids: readonly string[]): void {
    this.calls.push(ids)
    if (this.#failures-- > 0) throw this.#error
  }

  #outcome(id: string): Error | undefined {
    const left = this.#items.get(id) ?? 0
    this.#items.set(id, left - 1)
    return left > 0 ? this.#error : undefined
  }
}

function flaky(flakiness: Flakiness) {
  const clock = new FakeClock()
  const store = new FlakyBackend(flakiness)
  const backend = withRetries(store, { alwaysRetry: true, clock, random: () => 1, ...flakiness })
  return { backend, clock, calls: store.calls }
}

function meta(taskId: string): ResultMeta {
  return successMeta({ taskId, now: 0 }, taskId)
}
