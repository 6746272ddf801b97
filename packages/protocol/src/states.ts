/** Celery's built-in task states; custom states are free strings. (celery.states) */
export const states = {
  PENDING: 'PENDING',
  RECEIVED: 'RECEIVED',
  STARTED: 'STARTED',
  SUCCESS: 'SUCCESS',
  FAILURE: 'FAILURE',
  REVOKED: 'REVOKED',
  REJECTED: 'REJECTED',
  RETRY: 'RETRY',
  IGNORED: 'IGNORED'
} as const

export type BuiltInState = (typeof states)[keyof typeof states]
export type TaskState = BuiltInState | (string & {})

/** Final states: a result is there. */
export const READY_STATES: ReadonlySet<TaskState> = new Set(['SUCCESS', 'FAILURE', 'REVOKED'])
export const UNREADY_STATES: ReadonlySet<TaskState> = new Set(['PENDING', 'RECEIVED', 'STARTED', 'REJECTED', 'RETRY'])
/** States whose result is an exception. */
export const EXCEPTION_STATES: ReadonlySet<TaskState> = new Set(['RETRY', 'FAILURE', 'REVOKED'])
/** States whose exception `get()` throws. */
export const PROPAGATE_STATES: ReadonlySet<TaskState> = new Set(['FAILURE', 'REVOKED'])
export const ALL_STATES: ReadonlySet<TaskState> = new Set([...READY_STATES, ...UNREADY_STATES])

const CUSTOM = 2
const PRECEDENCE: ReadonlyMap<TaskState, number> = new Map(
  (
    ['SUCCESS', 'FAILURE', undefined, 'REVOKED', 'STARTED', 'RECEIVED', 'REJECTED', 'RETRY', 'PENDING'] as const
  ).flatMap((state, rank) => (state === undefined ? [] : [[state, rank] as const]))
)

/** Rank of a state, 0 the highest; a custom state ranks between FAILURE and REVOKED. (celery.states.precedence) */
export function precedence(state: TaskState): number {
  return PRECEDENCE.get(state) ?? CUSTOM
}

/** Sorts states from the highest precedence to the lowest. */
export function compareStates(a: TaskState, b: TaskState): number {
  return precedence(a) - precedence(b)
}

export function isReady(state: TaskState): boolean {
  return READY_STATES.has(state)
}
