import { randomUUID } from 'node:crypto'
import { OperationalError } from '@umbel/protocol'
import { type Clock, sleep, toError } from '@umbel/runtime'
import { type ErrorMatcher, matchesError } from '../task/matching.js'
import type { Dispatch } from './gateway.js'

/** How often and how fast publishing is tried again; intervals in seconds. (task_publish_retry_policy) */
export interface PublishRetryPolicy {
  /** null = for ever. */
  readonly maxRetries: number | null
  readonly intervalStart: number
  readonly intervalStep: number
  readonly intervalMax: number
  /** Only these errors. Default: those that say they are recoverable. */
  readonly retryErrors?: readonly unknown[] | undefined
}

export interface PublishRetries {
  readonly publish: (batch: readonly Dispatch[]) => Promise<readonly (Error | undefined)[]>
  readonly clock: Clock
  /** For messages that have none of their own; undefined: no repeats. */
  readonly policy: PublishRetryPolicy | undefined
  /**
   * Seconds that the attempts themselves, without the pauses between them, may take together before there is no other:
   * a broker that keeps each caller waiting is not asked four times.
   */
  readonly budget: number
  /** True once repeats make no sense any more. */
  readonly stopped: () => boolean
}

type Outcomes = readonly (Error | undefined)[]

/**
 * Publishes, and publishes again what the broker would not take, each message by its own policy; one answer per
 * message. What a caller sees in the end is an OperationalError with the transport's error as its cause.
 */
export async function publishWithRetries(batch: readonly Dispatch[], retries: PublishRetries): Promise<Outcomes> {
  const policies = new Set(batch.map(({ retry }) => retry))
  if (policies.size === 1) return await publishAlike(batch, retries, policyOf(batch[0]?.retry, retries))
  const outcomes: (Error | undefined)[] = []
  for (const retry of policies) {
    const positions = batch.flatMap((dispatch, position) => (dispatch.retry === retry ? [position] : []))
    const answers = await publishAlike(pick(batch, positions), retries, policyOf(retry, retries))
    positions.forEach((position, index) => {
      outcomes[position] = answers[index]
    })
  }
  return outcomes
}

function policyOf(
  own: PublishRetryPolicy | false | undefined,
  { policy }: PublishRetries
): PublishRetryPolicy | undefined {
  return own === false ? undefined : (own ?? policy)
}

async function publishAlike(
  batch: readonly Dispatch[],
  retries: PublishRetries,
  policy: PublishRetryPolicy | undefined
): Promise<Outcomes> {
  // A repeat bears the name of the first: what did arrive, with its answer lost, is not there twice.
  const named = batch.map(withName)
  const stopwatch = new Stopwatch(retries.clock)
  const outcomes = [...(await stopwatch.time(() => attempt(named, retries)))]
  for (let tried = 0; ; tried++) {
    const open = outcomes.flatMap((error, position) => (isWorthRepeating(error, policy) ? [position] : []))
    const exhausted = policy?.maxRetries !== null && stopwatch.seconds >= retries.budget
    if (open.length === 0 || exhausted || !(await pause(tried, retries, policy))) return outcomes.map(operational)
    const answers = await stopwatch.time(() => attempt(pick(named, open).map(asRepeated), retries))
    open.forEach((position, index) => {
      outcomes[position] = answers[index]
    })
  }
}

function withName(dispatch: Dispatch): Dispatch {
  const { outgoing } = dispatch
  if (outgoing.id !== undefined) return dispatch
  // Not by spreads with a field after them: these take V8 four times as long.
  return Object.assign({}, dispatch, { outgoing: Object.assign({}, outgoing, { id: randomUUID() }) })
}

function asRepeated(dispatch: Dispatch): Dispatch {
  return { ...dispatch, outgoing: { ...dispatch.outgoing, repeated: true } }
}

async function attempt(batch: readonly Dispatch[], { publish }: PublishRetries): Promise<Outcomes> {
  try {
    return await publish(batch)
  } catch (thrown) {
    const error = toError(thrown)
    return batch.map(() => error)
  }
}

/** Waits before the next attempt; false when there is none. */
async function pause(
  tried: number,
  { clock, stopped }: PublishRetries,
  policy: PublishRetryPolicy | undefined
): Promise<boolean> {
  if (policy === undefined || stopped()) return false
  const { maxRetries, intervalStart, intervalStep, intervalMax } = policy
  if (maxRetries !== null && tried >= maxRetries) return false
  await sleep(Math.min(intervalMax, intervalStart + tried * intervalStep), { clock })
  return true
}

function isWorthRepeating(error: Error | undefined, policy: PublishRetryPolicy | undefined): boolean {
  if (error === undefined) return false
  const named = policy?.retryErrors as readonly ErrorMatcher[] | undefined
  return named === undefined ? isRecoverable(error) : matchesError(error, named)
}

function isRecoverable(error: Error): boolean {
  return 'recoverable' in error && error.recoverable === true
}

/** What a caller sees when the broker would not take a message. (celery raises kombu's OperationalError) */
function operational(error: Error | undefined): Error | undefined {
  if (error === undefined || !isRecoverable(error)) return error
  return new OperationalError(`the task could not be sent: ${error.message}`, { cause: error })
}

function pick<T>(items: readonly T[], positions: readonly number[]): readonly T[] {
  return positions.map(position => items[position] as T)
}

/** Adds up the time that calls take. */
class Stopwatch {
  readonly #clock: Clock
  #elapsed = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get seconds(): number {
    return this.#elapsed / 1000
  }

  async time<T>(call: () => Promise<T>): Promise<T> {
    const start = this.#clock.monotonic()
    try {
      return await call()
    } finally {
      this.#elapsed += this.#clock.monotonic() - start
    }
  }
}
