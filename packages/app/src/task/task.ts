import type {
  ImmutableSignature,
  PartialSignature,
  Signature,
  SignatureCall,
  SignatureOptionsInput,
  Trailing
} from '@umbel/canvas'
import type { Kwargs } from '@umbel/protocol'
import type { CallOptions } from '../publishing/call-options.js'
import type { PendingResult } from '../publishing/pending.js'
import type { AsyncResult } from '../results/async-result.js'
import type { EagerResult } from '../results/eager-result.js'
import type { BoundTask, TaskRequest } from './bound.js'
import type { TaskDefinition } from './definition.js'

export interface EagerOptions {
  readonly kwargs?: Kwargs
  readonly taskId?: string
  readonly retries?: number
  readonly link?: SignatureOptionsInput['link']
  readonly linkError?: SignatureOptionsInput['linkError']
  readonly headers?: Kwargs
  /** Throw what the task throws. @default taskEagerPropagates */
  readonly throw?: boolean
}

/** Every prefix of a tuple: what may stand in `args` when `kwargs` give the rest. */
export type Leading<T extends readonly unknown[]> = T extends readonly [...infer Rest, unknown]
  ? T | Leading<Rest>
  : T | readonly []

/** A registered task: call it for its value here and now, or send it with `delay`, `applyAsync` and `s`. */
export interface Task<Params extends readonly unknown[], R, Name extends string = string> {
  (...args: Params): R
  readonly name: Name
  readonly definition: TaskDefinition
  /** Sends the task; the handle can be used before it is awaited. */
  delay(...args: Params): PendingResult<Awaited<R>>
  applyAsync(args: Params, options?: CallOptions): PendingResult<Awaited<R>>
  applyAsync(args: Leading<Params>, options: CallOptions & { readonly kwargs: Kwargs }): PendingResult<Awaited<R>>
  /**
   * Sends the task when the transaction of the `atomic` around it has committed, and not at all when it rolls back; at once
   * outside of one. The id is known at once. (DjangoTask.delay_on_commit)
   * @throws ArgumentsError, InvalidOptionError at the call
   */
  delayOnCommit(...args: Params): AsyncResult<Awaited<R>>
  applyAsyncOnCommit(args: Params, options?: CallOptions): AsyncResult<Awaited<R>>
  applyAsyncOnCommit(args: Leading<Params>, options: CallOptions & { readonly kwargs: Kwargs }): AsyncResult<Awaited<R>>
  /** Runs here, through everything but the broker: retries, links, hooks. */
  apply(args: Params, options?: EagerOptions): Promise<EagerResult<Awaited<R>>>
  apply(args: Leading<Params>, options: EagerOptions & { readonly kwargs: Kwargs }): Promise<EagerResult<Awaited<R>>>
  /** A signature; arguments that are missing are the leading ones, given by the step before it or at the call. */
  s<const Given extends Trailing<Params>>(...args: Given): PartialSignature<Params, Given, Awaited<R>>
  /** An immutable signature: what comes before it is not prepended. */
  si(...args: Params): ImmutableSignature<Awaited<R>>
  signature(args: Params, options?: SignatureCall): Signature<[], Awaited<R>>
  /**
   * Runs the work as if in an execution with this request (`currentTask()` gives it), as tests of bodies need it; the
   * former one is back afterwards. (push_request, pop_request)
   */
  pushRequest<T>(request: Partial<TaskRequest>, work: (task: BoundTask) => T): T
  /** The way to the result of an earlier call. */
  asyncResult(id: string): AsyncResult<Awaited<R>>
  /** One task that calls this one with every item, in order. */
  map(items: Iterable<Params[0]>): Signature<[], Awaited<R>[]>
  starmap(items: Iterable<Params>): Signature<[], Awaited<R>[]>
  /** Tasks of `size` items each. */
  chunks(items: Iterable<Params>, size: number): Signature<[], Awaited<R>[][]>
}

export type AnyTask = Task<readonly never[], unknown>
