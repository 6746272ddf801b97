import {
  AlreadyRegistered,
  type CeleryError,
  ChordError,
  ImproperlyConfigured,
  IncompleteStream,
  InvalidTaskError,
  MaxRetriesExceededError,
  NotRegistered,
  OperationalError,
  QueueNotFound,
  SecurityError,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  Terminated,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError
} from './classes.js'
import { Ignore, Reject, Retry, WorkerShutdown, WorkerTerminate } from './predicates.js'

type Arguments = readonly unknown[]

export interface PythonClass {
  readonly module: string
  readonly type: string
  /** Makes our error from the arguments of Python's; absent where we never get one. */
  readonly build?: (args: Arguments) => Error
}

type ByMessage = new (message: string, options: { readonly args: Arguments }) => CeleryError

const CELERY = 'celery.exceptions'
const BILLIARD = 'billiard.exceptions'
const KOMBU = 'kombu.exceptions'

/** Our error codes and the Python classes that they travel as. */
export const pythonClasses: ReadonlyMap<string, PythonClass> = new Map<string, PythonClass>([
  ['IMPROPERLY_CONFIGURED', celery('ImproperlyConfigured', byMessage(ImproperlyConfigured))],
  ['SECURITY', celery('SecurityError', byMessage(SecurityError))],
  ['QUEUE_NOT_FOUND', celery('QueueNotFound', byMessage(QueueNotFound))],
  ['INCOMPLETE_STREAM', celery('IncompleteStream', byMessage(IncompleteStream))],
  ['NOT_REGISTERED', celery('NotRegistered', args => new NotRegistered(text(args[0])))],
  ['ALREADY_REGISTERED', celery('AlreadyRegistered', args => new AlreadyRegistered(text(args[0])))],
  ['TIMEOUT', celery('TimeoutError', byMessage(TimeoutError))],
  ['MAX_RETRIES_EXCEEDED', celery('MaxRetriesExceededError', byMessage(MaxRetriesExceededError))],
  ['TASK_REVOKED', celery('TaskRevokedError', args => new TaskRevokedError(text(args[0] ?? 'revoked')))],
  ['INVALID_TASK', celery('InvalidTaskError', byMessage(InvalidTaskError))],
  ['CHORD', celery('ChordError', byMessage(ChordError))],
  ['RETRY', celery('Retry', args => new Retry(args[0] === undefined ? undefined : text(args[0])))],
  ['IGNORE', celery('Ignore', args => new Ignore(text(args[0] ?? '')))],
  ['REJECT', celery('Reject', args => new Reject(optionalText(args[0]), { requeue: args[1] === true }))],
  ['WORKER_SHUTDOWN', celery('WorkerShutdown', args => new WorkerShutdown(optionalNumber(args[0]) ?? 0))],
  ['WORKER_TERMINATE', celery('WorkerTerminate', args => new WorkerTerminate(optionalNumber(args[0]) ?? 0))],
  ['SOFT_TIME_LIMIT_EXCEEDED', billiard('SoftTimeLimitExceeded', a => new SoftTimeLimitExceeded(optionalNumber(a[0])))],
  ['TIME_LIMIT_EXCEEDED', billiard('TimeLimitExceeded', args => new TimeLimitExceeded(optionalNumber(args[0])))],
  ['WORKER_LOST', billiard('WorkerLostError', byMessage(WorkerLostError))],
  ['TERMINATED', billiard('Terminated', args => new Terminated(signal(args[0])))],
  ['OPERATIONAL', { module: KOMBU, type: 'OperationalError', build: byMessage(OperationalError) }],
  ['ENCODE', { module: KOMBU, type: 'EncodeError' }],
  ['DECODE', { module: KOMBU, type: 'DecodeError' }],
  ['CONTENT_DISALLOWED', { module: KOMBU, type: 'ContentDisallowed' }],
  ['BACKEND', celery('BackendError')],
  ['BACKEND_GET_META', celery('BackendGetMetaError')],
  ['BACKEND_STORE', celery('BackendStoreError')]
])

/** JavaScript's own errors and the Python built-ins that say the same; the first row of a Python class is its way back. */
export const nativeClasses: readonly (readonly [name: string, python: string, build: (message: string) => Error])[] = [
  ['Error', 'Exception', message => new Error(message)],
  ['TypeError', 'TypeError', message => new TypeError(message)],
  ['RangeError', 'ValueError', message => new RangeError(message)],
  ['SyntaxError', 'SyntaxError', message => new SyntaxError(message)],
  ['ReferenceError', 'NameError', message => new ReferenceError(message)],
  ['URIError', 'ValueError', message => new URIError(message)],
  ['EvalError', 'Exception', message => new EvalError(message)]
]

/** Module of errors that only JavaScript has: Python has not imported it, so it makes up a class. (trap 63) */
export const JAVASCRIPT_MODULE = 'umbel.javascript'

function celery(type: string, build?: PythonClass['build']): PythonClass {
  return { module: CELERY, type, ...(build && { build }) }
}

function billiard(type: string, build: PythonClass['build']): PythonClass {
  return { module: BILLIARD, type, ...(build && { build }) }
}

function byMessage(constructor: ByMessage): (args: Arguments) => Error {
  return args => new constructor(args.map(text).join(', '), { args })
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}

function optionalText(value: unknown): string | null {
  return value === null || value === undefined ? null : text(value)
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function signal(value: unknown): string | number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? value : undefined
}
