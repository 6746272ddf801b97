import type { SignatureOptions } from '@umbel/protocol'
import type { Umbel } from '../umbel.js'
import type { TaskHooks } from './hooks.js'
import type { ErrorMatcher } from './matching.js'
import type { TaskSchema } from './schema.js'

/** What users write beside a task's name and body; every field is optional. (celery.app.task.Task) */
export interface TaskOptions extends TaskHooks {
  /** Options and hooks for what this task leaves open: an object, or a class to make one of. @default the application's `taskCls` */
  readonly base?: TaskBase
  /** Hand the body a BoundTask as its first argument. @default false */
  readonly bind?: boolean
  /** Names of the body's parameters, in order: keywords of a call are mapped onto them. */
  readonly params?: readonly string[]
  /** Check the number and names of arguments when the task is called; needs `params`. @default true (typing) */
  readonly typing?: boolean
  /** Schemas of arguments and result: checked by the sender, converted in the worker. (pydantic) */
  readonly schema?: TaskSchema
  /** null = for ever. @default 3 */
  readonly maxRetries?: number | null
  /** Seconds. @default 180 */
  readonly defaultRetryDelay?: number
  readonly autoretryFor?: readonly ErrorMatcher[]
  readonly dontAutoretryFor?: readonly ErrorMatcher[]
  /** Options of the automatic retry: `maxRetries`, `countdown`. */
  readonly retryKwargs?: { readonly maxRetries?: number | null; readonly countdown?: number }
  /** true: 1, 2, 4 … seconds; a number: times that. @default false */
  readonly retryBackoff?: boolean | number
  /** Longest backoff, seconds. @default 600 */
  readonly retryBackoffMax?: number
  /** Draw the backoff evenly from zero to its value. @default true */
  readonly retryJitter?: boolean
  /** Acknowledge after the body instead of before. @default taskAcksLate */
  readonly acksLate?: boolean
  /** With late ack: acknowledge a task that failed or timed out. @default taskAcksOnFailureOrTimeout */
  readonly acksOnFailureOrTimeout?: boolean
  readonly acksOnFailure?: boolean
  readonly acksOnTimeout?: boolean
  /** With late ack: put the message back when its executor dies. @default taskRejectOnWorkerLost */
  readonly rejectOnWorkerLost?: boolean
  /** Hard limit, seconds. @default taskTimeLimit */
  readonly timeLimit?: number
  /** Soft limit, seconds: aborts `task.signal`. @default taskSoftTimeLimit */
  readonly softTimeLimit?: number
  /** @default taskIgnoreResult */
  readonly ignoreResult?: boolean
  /** @default taskStoreErrorsEvenIfIgnored */
  readonly storeErrorsEvenIfIgnored?: boolean
  /** In eager mode, store the result too. @default taskStoreEagerResult */
  readonly storeEagerResult?: boolean
  /** URL of a result store of its own. @default the application's (Task.backend) */
  readonly backend?: string
  /** Store STARTED when the body begins. @default taskTrackStarted */
  readonly trackStarted?: boolean
  /** @default taskSerializer */
  readonly serializer?: string
  /** @default taskCompression */
  readonly compression?: string
  readonly priority?: number
  /** Seconds. */
  readonly expires?: number
  readonly queue?: string
  readonly exchange?: string
  readonly exchangeType?: string
  readonly routingKey?: string
  readonly deliveryMode?: 1 | 2
  /** Errors that are expected: logged at info, without traceback. */
  readonly throws?: readonly ErrorMatcher[]
  /** Remember the tasks that the body sends as children of the result. @default true */
  readonly trail?: boolean
  /** @default true */
  readonly sendEvents?: boolean
  /** Longest text of the result in logs and events. @default 1024 */
  readonly resultreprMaxsize?: number
  /** Called when the task has joined its application. */
  onBound?(app: Umbel): void
  /** The name shown in logs and monitors for one call. */
  shadowName?(
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    options: SignatureOptions
  ): string | undefined
}

export type TaskBase = TaskOptions | (new () => TaskOptions)

/** Every option there is, for JavaScript and for spelling mistakes that types do not see. */
const TASK_OPTIONS: Readonly<Record<keyof TaskOptions, true>> = {
  base: true,
  bind: true,
  params: true,
  typing: true,
  schema: true,
  maxRetries: true,
  defaultRetryDelay: true,
  autoretryFor: true,
  dontAutoretryFor: true,
  retryKwargs: true,
  retryBackoff: true,
  retryBackoffMax: true,
  retryJitter: true,
  acksLate: true,
  acksOnFailureOrTimeout: true,
  acksOnFailure: true,
  acksOnTimeout: true,
  rejectOnWorkerLost: true,
  timeLimit: true,
  softTimeLimit: true,
  ignoreResult: true,
  storeErrorsEvenIfIgnored: true,
  storeEagerResult: true,
  backend: true,
  trackStarted: true,
  serializer: true,
  compression: true,
  priority: true,
  expires: true,
  queue: true,
  exchange: true,
  exchangeType: true,
  routingKey: true,
  deliveryMode: true,
  throws: true,
  trail: true,
  sendEvents: true,
  resultreprMaxsize: true,
  shadowName: true,
  onBound: true,
  beforeStart: true,
  onSuccess: true,
  onFailure: true,
  onRetry: true,
  onReplace: true,
  afterReturn: true
}

export const TASK_OPTION_NAMES = Object.keys(TASK_OPTIONS) as readonly (keyof TaskOptions)[]

/** What the code reads: every decision is made but those that settings make. */
export type TaskSettings = TaskOptions &
  Required<
    Pick<
      TaskOptions,
      | 'bind'
      | 'typing'
      | 'maxRetries'
      | 'defaultRetryDelay'
      | 'autoretryFor'
      | 'dontAutoretryFor'
      | 'retryKwargs'
      | 'retryBackoff'
      | 'retryBackoffMax'
      | 'retryJitter'
      | 'throws'
      | 'trail'
      | 'sendEvents'
      | 'resultreprMaxsize'
    >
  >

export const TASK_DEFAULTS = {
  bind: false,
  typing: true,
  maxRetries: 3,
  defaultRetryDelay: 180,
  autoretryFor: [],
  dontAutoretryFor: [],
  retryKwargs: {},
  retryBackoff: false,
  retryBackoffMax: 600,
  retryJitter: true,
  throws: [],
  trail: true,
  sendEvents: true,
  resultreprMaxsize: 1024
} as const satisfies Partial<TaskOptions>
