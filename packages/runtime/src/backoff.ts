export interface BackoffOptions {
  /** Delay before the first repetition, seconds. Default 0.05. */
  readonly initial?: number
  /** Longest delay, seconds. Default 30. */
  readonly max?: number
  /** Growth per repetition. Default 2. */
  readonly factor?: number
  /** Full jitter: the delay is drawn evenly from zero to its bound. Default true. */
  readonly jitter?: boolean
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number
}

/** Seconds to wait before repetition number `attempt` (0 = the first). */
export function backoffDelay(attempt: number, options: BackoffOptions = {}): number {
  const { initial = 0.05, max = 30, factor = 2, jitter = true, random = Math.random } = options
  const bound = Math.min(max, initial * factor ** attempt)
  return jitter ? bound * random() : bound
}
