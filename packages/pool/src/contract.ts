import type { ErrorData, Message, ResultTuple, SignatureData } from '@umbel/protocol'
import type { Clock, Service } from '@umbel/runtime'

/**
 * Where tasks run. The control side hands jobs over and gets one report per job, also when the executor that had
 * it dies. Everything across this border is plain data: functions do not clone, `instanceof` is false over there.
 */
export interface Pool extends Service {
  /** Jobs that may run at a time. */
  readonly slots: number
  /** Slots free now. */
  readonly idle: number
  /** Never queues. @throws RangeError for more jobs than `idle` */
  run(jobs: readonly Job[]): void
  /** Aborts the task's signal (soft limit, revoke); the job goes on until it settles. */
  abort(keys: readonly string[], reason: AbortReason): void
  /**
   * Runs what jobs left for after their outcome is recorded (a report with `concluding`). Such a job keeps its slot until
   * it is told as `concluded`.
   */
  conclude(keys: readonly string[]): void
  /** Ends one job whatever it does: its executor is condemned, its neighbours finish, then it is replaced. (design 5.3) */
  end(key: string, reason: EndReason): void
  resize(slots: number): Promise<void>
  info(): PoolInfo
}

export interface PoolEvents {
  /** The jobs were handed to a live executor. `at`: milliseconds since the epoch. */
  accepted(keys: readonly string[], pid: number, at: number): void
  /** Each job exactly once. */
  finished(reports: readonly Report[]): void
  /** Each job whose report said `concluding` exactly once, also when its executor ended before it could. */
  concluded(keys: readonly string[]): void
  /** A slot became free after none was. */
  idle(): void
  /** Something that a task asks of the control side; the answer goes back to its executor. */
  call(request: HostCall): Promise<unknown>
  /**
   * Something that a task tells the control side: log lines, custom events. The pool itself tells, with a PlainError as
   * the payload, of 'unhandled-rejection' and 'close-failed', and with `{ method, error }` of an 'unclonable-note'.
   */
  notify(method: string, payload: unknown): void
  /** An executor ended although it should not have; it is being replaced. */
  died?(info: ExecutorDeath): void
}

export interface HostCall {
  readonly method: string
  readonly payload: unknown
}

export interface ExecutorDeath {
  readonly id: number
  readonly exitCode: number | undefined
  readonly error: Error | undefined
}

export interface Job {
  /** Unique per delivery: the same task id may be here twice. */
  readonly key: string
  readonly message: Message
  readonly delivery: DeliveryInfo
}

export interface DeliveryInfo {
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly redelivered: boolean
  readonly priority: number | null
}

export type AbortReason = 'soft-time-limit' | 'revoked' | 'lost-lease' | 'shutdown'
export type EndReason = 'time-limit' | 'terminated' | 'shutdown'

/** What became of a job. `runtime`: seconds. */
export type Report = ReportHead & Outcome

export interface ReportHead {
  readonly key: string
  readonly runtime: number
}

/** What an execution leaves for the control side beside its outcome. */
export interface Trail {
  /** Result tuples of the tasks that the body sent, for the meta's `children`. */
  readonly children?: readonly ResultTuple[]
  /** The message's embed (callbacks, errbacks, chain, chord) as JSON text, where it has any. */
  readonly embed?: string
  /** Something is to run once the outcome is recorded: see `Pool.conclude`. */
  readonly concluding?: true
}

export type Outcome = Trail & OutcomeKind

export type OutcomeKind =
  | {
      readonly kind: 'success'
      /** JSON text in Celery's dialect. */
      readonly result: string
      /** For logs and events. (saferepr) */
      readonly repr: string
    }
  | {
      readonly kind: 'failure'
      readonly error: ErrorData
      readonly traceback: string
      /** Python-like text of the error, for logs and events. */
      readonly repr: string
      /** Named in the task's `throws`: logged without traceback. */
      readonly expected: boolean
    }
  | {
      readonly kind: 'retry'
      /** The message of the next attempt. */
      readonly message: Message
      readonly exchange: string
      readonly routingKey: string
      /** Milliseconds since the epoch. */
      readonly notBefore: number
      readonly error: ErrorData | null
      readonly traceback: string
      readonly repr: string
    }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'replaced'; readonly by: SignatureData }
  | { readonly kind: 'reject'; readonly requeue: boolean; readonly reason: string }
  /** The message's body cannot be decoded: nothing ran. */
  | { readonly kind: 'undecodable'; readonly reason: string }
  /** `end` did it. */
  | { readonly kind: 'ended'; readonly by: EndReason }
  /** The executor died under it. */
  | { readonly kind: 'lost'; readonly exitCode: number | undefined; readonly reason: string }
  /** A neighbour took its executor away: by its `end`, or by ending it itself. */
  | { readonly kind: 'displaced' }

export interface PoolInfo {
  readonly implementation: string
  readonly slots: number
  readonly running: number
  readonly executors: readonly ExecutorInfo[]
}

export interface ExecutorInfo {
  readonly id: number
  readonly pid: number
  readonly running: number
  /** Jobs finished since it started. */
  readonly finished: number
}

/** `conclude` stays with the executor; what it throws is dropped. */
export type Executed = Outcome & { readonly conclude?: (() => Promise<void>) | undefined }

/** Whether a job shall end, and the signal that says so. */
export interface JobAbort {
  readonly aborted: boolean
  readonly signal: AbortSignal
}

/** The other side of the border: one per executor, made by the entry module. */
export interface Executor {
  /** Never rejects: what a task throws is a report. */
  run(job: Job, abort: JobAbort): Promise<Executed>
  /** The key of the job in whose flow of calls this is asked: tells the job that ended its executor from its neighbours. */
  current?(): string | undefined
  close?(): Promise<void>
}

/** What an executor's entry module must export. */
export interface ExecutorModule {
  createExecutor(data: unknown, host: Host): Promise<Executor>
}

/** The control side as an executor sees it. */
export interface Host {
  /** Batched: what is called in one turn travels as one message. */
  call(method: string, payload: unknown): Promise<unknown>
  notify(method: string, payload: unknown): void
}

export interface PoolOptions {
  /** 'inline': in this thread. 'threads': worker threads. */
  readonly kind: 'inline' | 'threads'
  /** file: URL of the ExecutorModule. */
  readonly entry: string
  /** Handed to createExecutor; must clone. */
  readonly data: unknown
  /** Jobs at a time over all executors. */
  readonly slots: number
  /** How many executors share the slots; never more than slots. Infinity: one per slot. 'inline' has one. */
  readonly executors: number
  readonly events: PoolEvents
  /** Default: the system's. */
  readonly clock?: Clock
}
