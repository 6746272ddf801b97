import type { TaskRegistry, Umbel } from '@umbel/app'
import type { WorkerStats } from '@umbel/control'
import type { LamportClock, Logger } from '@umbel/runtime'
import type { WorkerRequest } from '../consume/request.js'
import type { Revocations } from './revocations.js'

/** A request that waits here for its time. `due`: milliseconds since the epoch. */
export interface ScheduledRequest {
  readonly request: WorkerRequest
  readonly due: number
}

/** What a worker has of tasks. */
export interface TasksHere {
  /** Being executed. */
  active(): readonly WorkerRequest[]
  /** Taken, and not begun. */
  reserved(): readonly WorkerRequest[]
  scheduled(): readonly ScheduledRequest[]
  /** Ends those that run. */
  terminate(ids: ReadonlySet<string>): void
}

/** What commands see of a worker. */
export interface ControlState {
  readonly app: Umbel
  readonly hostname: string
  readonly logger: Logger
  /** Counts what happens in the fleet. */
  readonly clock: LamportClock
  readonly registry: TaskRegistry
  readonly tasks: TasksHere
  readonly revocations: Revocations
  stats(): WorkerStats
}
