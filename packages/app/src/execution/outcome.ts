import type { AnySignature } from '@umbel/canvas'
import type { Args, Kwargs } from '@umbel/protocol'
import type { RetryOptions } from '../task/bound.js'

/** What became of one execution, still in the words of the language: values and errors, not yet bytes. */
export type TaskOutcome =
  /** `text`: the value as JSON, where the execution writes it. */
  | { readonly kind: 'success'; readonly value: unknown; readonly text?: string }
  | { readonly kind: 'failure'; readonly error: Error; readonly expected: boolean }
  | { readonly kind: 'retry'; readonly plan: RetryPlan }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'reject'; readonly requeue: boolean; readonly reason: string }
  | { readonly kind: 'replaced'; readonly by: AnySignature }

/** The next attempt, decided. */
export interface RetryPlan {
  readonly args: Args
  readonly kwargs: Kwargs
  /** Milliseconds since the epoch. */
  readonly due: number
  /** Seconds, for the log line. */
  readonly delay: number
  readonly error: Error | undefined
  readonly options: RetryOptions
}
