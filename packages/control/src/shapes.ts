import { isMapping } from '@umbel/protocol'

/** What a node answers to a command that it could not carry out. */
export interface Failure {
  readonly error: string
}

/** What a node answers to a command that changed something. */
export interface Done<Text = string> {
  readonly ok: Text
}

/** Node by node; one without an answer in time is not there. */
export type Replies<T> = Readonly<Record<string, T | Failure>>

/** Did this node say why it could not? Narrows the other answers to their own type. */
export function isFailure(reply: unknown): reply is Failure {
  return isMapping(reply) && typeof reply['error'] === 'string' && Object.keys(reply).length === 1
}

/** A task that a worker has. (Request.info) */
export interface TaskInfo {
  readonly id: string
  /** Its shadow, where it has one. */
  readonly name: string
  /** `safe`: as text. */
  readonly args: readonly unknown[] | string
  readonly kwargs: Readonly<Record<string, unknown>> | string
  readonly type: string
  /** The worker's. */
  readonly hostname: string
  /** Seconds since the epoch; null: it has not begun. */
  readonly time_start: number | null
  readonly acknowledged: boolean
  readonly delivery_info: {
    readonly exchange: string
    readonly routing_key: string
    readonly priority: number | null
    readonly redelivered: boolean | null
  }
  readonly worker_pid: number | null
}

/** A task that a worker holds until its time. */
export interface ScheduledTask {
  /** ISO 8601. */
  readonly eta: string | null
  /** Of the timer, not of the message. */
  readonly priority: number
  readonly request: TaskInfo
}

/** What a worker knows of a task that was asked for by its id. */
export type QueriedTask = readonly [state: 'active' | 'reserved' | 'scheduled' | 'ready', info: TaskInfo]

/** What a worker says of itself; more fields may come. */
export interface WorkerStats {
  /** How many tasks of each name have begun. */
  readonly total: Readonly<Record<string, number>>
  readonly pid: number
  /** The logical clock, as text. */
  readonly clock: string
  /** Seconds. */
  readonly uptime: number
  readonly pool: Readonly<Record<string, unknown>>
  readonly broker: Readonly<Record<string, unknown>>
  readonly prefetch_count: number
  readonly rusage: Readonly<Record<string, number>> | string
}
