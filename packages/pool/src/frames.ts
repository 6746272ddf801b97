import type { AbortReason, EndReason, Job, Report } from './contract.js'
import type { PlainError } from './plain-error.js'

/** What goes from the control side to an executor, one array per lane. */
export interface ToExecutor {
  readonly jobs: readonly Job[]
  readonly conclusions: readonly string[]
  readonly aborts: readonly { readonly keys: readonly string[]; readonly reason: AbortReason | EndReason }[]
  readonly answers: readonly Answer[]
  readonly signals: readonly ('ping' | 'close')[]
}

/** What comes back. */
export interface ToControl {
  readonly notes: readonly Note[]
  readonly calls: readonly Call[]
  readonly reports: readonly Report[]
  readonly signals: readonly ('ready' | 'pong')[]
  /** Jobs whose conclusion is done. */
  readonly concluded: readonly string[]
  /** Jobs that end their executor. */
  readonly culprits: readonly string[]
  /** Why there will be no executor. */
  readonly failures: readonly PlainError[]
}

export interface Note {
  readonly method: string
  readonly payload: unknown
}

export interface Call extends Note {
  readonly id: number
}

export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: PlainError })

/** What a thread is started with. */
export interface ThreadData {
  readonly entry: string
  readonly data: unknown
}
