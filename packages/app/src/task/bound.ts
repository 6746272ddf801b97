import type { AnySignature } from '@umbel/canvas'
import type { Args, Embed, Kwargs, MessageProperties, ResultTuple, Retry, TaskHeaders } from '@umbel/protocol'
import type { Logger } from '@umbel/runtime'

/** How the message came. */
export interface DeliveryInfo {
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly redelivered: boolean
  readonly priority: number | null
}

/** One execution of a task: who asked for what, and how it came here. (celery.app.task.Context) */
export interface TaskRequest
  extends Omit<TaskHeaders, 'task' | 'custom' | 'groupIndex' | 'stampedHeaders'>,
    Omit<Embed, never> {
  readonly task: string
  readonly args: Args
  readonly kwargs: Kwargs
  readonly groupIndex: number | null
  readonly stampedHeaders: readonly string[] | null
  /** The caller's own headers. */
  readonly headers: Kwargs
  readonly correlationId: string
  readonly replyTo: string
  /** The node that runs it. */
  readonly hostname: string
  readonly deliveryInfo: DeliveryInfo
  /** The message's own: content type, correlation id, delivery mode … */
  readonly properties: Partial<MessageProperties>
  /** Tasks sent so far, as result tuples. */
  readonly children: readonly ResultTuple[]
  /** Least level that the worker logs, and where to; null where nobody said. */
  readonly loglevel: string | null
  readonly logfile: string | null
  /** Run by `apply()` or eager mode, in the caller's process. */
  readonly isEager: boolean
  /** The body was called as a plain function. */
  readonly calledDirectly: boolean
}

export interface RetryOptions {
  /** The reason, thrown when no retry is left. */
  readonly exc?: Error
  /** Seconds. */
  readonly countdown?: number
  readonly eta?: Date | { toMillis(): number } | string
  /** null = for ever. @default the task's */
  readonly maxRetries?: number | null
  /** Other arguments for the next attempt. */
  readonly args?: Args
  readonly kwargs?: Kwargs
  readonly queue?: string
  readonly routingKey?: string
  readonly exchange?: string
  readonly priority?: number
  /** Seconds. */
  readonly expires?: number
  readonly timeLimit?: number
  readonly softTimeLimit?: number
  readonly headers?: Kwargs
}

/** The first argument of a body with `bind: true`. (celery.app.task.Task, as `self`) */
export interface BoundTask {
  readonly name: string
  readonly request: TaskRequest
  readonly maxRetries: number | null
  /** Aborts at the soft time limit (SoftTimeLimitExceeded), when revoked, when the lease is lost, and at cold shutdown. */
  readonly signal: AbortSignal
  /** Every line bears the task's id and name. */
  readonly logger: Logger
  /**
   * Ends this attempt and asks for another: always throws. Write `throw task.retry(…)` to tell the compiler.
   * @throws Retry; `exc` or MaxRetriesExceededError when none is left
   */
  retry(options?: RetryOptions & { readonly throw?: true }): never
  /**
   * Sends the next attempt and goes on: what the body gives is this attempt's result. Unlike a retry that is thrown it
   * is not one step with the acknowledgement: a worker killed in between has both run again.
   * @throws `exc` or MaxRetriesExceededError when none is left
   */
  retry(options: RetryOptions & { readonly throw: false }): Promise<Retry>
  /** Stores a state of your own, or progress: `updateState({ state: 'PROGRESS', meta: { done: 3 } })`. */
  updateState(update: { readonly state: string; readonly meta?: unknown; readonly taskId?: string }): Promise<void>
  /** Has somebody asked this task to end by itself, with `app.abortableResult(id).abort()`? Asks the result store. */
  isAborted(): Promise<boolean>
  /** Ends this attempt: the signature runs in its place, under the same id. Always throws. */
  replace(signature: AnySignature): never
  /** Adds a member to the chord whose member this task is. */
  addToChord(signature: AnySignature): Promise<void>
}
