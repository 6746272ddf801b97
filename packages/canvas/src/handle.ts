import type { ResultTuple, TaskState } from '@umbel/protocol'

export interface GetOptions {
  /** Seconds; then TimeoutError. Default: wait for ever. */
  readonly timeout?: number
  /** False hands the task's error back instead of throwing it. Default true. */
  readonly propagate?: boolean
  /** Seconds between polls where the result store does not push. Default 0.5. */
  readonly interval?: number
  readonly signal?: AbortSignal
  /** Allow waiting inside a task, which may deadlock a pool. Default false. */
  readonly allowInTask?: boolean
  /** Celery's word for the opposite: false allows it. Default true. */
  readonly disableSyncSubtasks?: boolean
  /** For stores that answer through the broker (rpc); others have nothing to acknowledge. Default true. */
  readonly noAck?: boolean
  /** A failed parent fails this one at once. Default true. */
  readonly followParents?: boolean
}

/** How to revoke. (the arguments of celery's AsyncResult.revoke) */
export interface RevokeOptions {
  /** End it where it runs, too. Default false. */
  readonly terminate?: boolean | undefined
  /** Name or number of the signal. Default SIGTERM. */
  readonly signal?: string | number | undefined
  /** Wait for the workers' replies. Default false. */
  readonly wait?: boolean | undefined
  /** Seconds without a reply after which no more are waited for. Default 1. */
  readonly timeout?: number | undefined
}

/** What applying a signature gives: the way to its result. `app`'s AsyncResult is one. (celery.result.AsyncResult) */
export interface Handle<R> {
  readonly id: string
  readonly parent: Handle<unknown> | undefined
  /** `R` is inferred from the other form alone: a group's errors are in its list. */
  get(options: GetOptions & { readonly propagate: false }): Promise<NoInfer<R> | Error>
  get(options?: GetOptions): Promise<R>
  state(): Promise<TaskState>
  ready(): Promise<boolean>
  successful(): Promise<boolean>
  failed(): Promise<boolean>
  /** The remote stack's text, or undefined. */
  traceback(): Promise<string | undefined>
  forget(): Promise<void>
  /** It will not be executed. */
  revoke(options?: RevokeOptions): Promise<void>
  asTuple(): ResultTuple
}

/** The way to the results of a group, in the group's order. `app`'s GroupResult is one. (celery.result.GroupResult) */
export interface GroupHandle<X> extends Omit<Handle<X[]>, 'get'> {
  readonly results: readonly Handle<X>[]
  get(options: GetOptions & { readonly propagate: false }): Promise<(X | Error)[]>
  get(options?: GetOptions): Promise<X[]>
  readonly length: number
  /** How many members succeeded. */
  completedCount(): Promise<number>
  /** Is a member not ready yet? */
  waiting(): Promise<boolean>
  /** Members as they end, whatever their order. */
  iterNative(options?: GetOptions): AsyncIterable<readonly [id: string, value: X]>
  /** Keeps the group in the result store, so that it can be found by its id. */
  save(): Promise<void>
}

/** A handle that can be used before the sending is awaited: `await` gives the Handle once the broker has the message. */
export interface Pending<H extends Handle<unknown>> extends PromiseLike<H> {
  readonly id: string
  readonly get: H['get']
}
