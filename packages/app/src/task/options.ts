import type { SignatureOptionsInput } from '@umbel/canvas'
import type { TaskHooks } from './hooks.js'

/** An error class, or the name of one: names also match errors of other realms and of Python. */
export type ErrorMatcher = (abstract new (...args: never[]) => unknown) | string

/** What users write beside a task's name and body; every field is optional. (celery.app.task.Task) */
export interface TaskOptions extends TaskHooks {
  /** Hand the body a BoundTask as its first argument. @default false */
  readonly bind?: boolean
  /** Names of the body's parameters, in order: keywords of a call are mapped onto them. */
  readonly params?: readonly string[]
  /** Check the number and names of arguments when the task is called; needs `params`. @default true (typing) */
  readonly typing?: boolean
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
  /** The name shown in logs and monitors for one call. */
  shadowName?(
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    options: SignatureOptionsInput
  ): string | undefined
}

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

/** Does the error belong to one of the classes, or bear one of the names? */
export function matchesError(error: Error, matchers: readonly ErrorMatcher[]): boolean {
  return matchers.some(matcher =>
    typeof matcher === 'string'
      ? namesOf(error).includes(matcher)
      : error instanceof matcher || namesOf(error).includes(matcher.name)
  )
}

function namesOf(error: Error): readonly string[] {
  const names = [error.name]
  for (
    let prototype: unknown = Object.getPrototypeOf(error);
    hasConstructor(prototype);
    prototype = Object.getPrototypeOf(prototype)
  ) {
    names.push(prototype.constructor.name)
  }
  return names
}

function hasConstructor(value: unknown): value is { readonly constructor: { readonly name: string } } {
  return (
    typeof value === 'object' && value !== null && Object.hasOwn(value, 'constructor') && value !== Object.prototype
  )
}
