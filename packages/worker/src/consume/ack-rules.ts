import type { SettlementKind } from './held.js'
import type { WorkerRequest } from './request.js'

export interface AckSettings {
  /** task_acks_on_failure */
  readonly onFailure: boolean
  /** task_acks_on_timeout */
  readonly onTimeout: boolean
  /** task_reject_on_worker_lost */
  readonly rejectOnWorkerLost: boolean
}

/** What the broker is told when a task with late ack did not succeed; an early ack has been given already. (wire-protocol 8.1) */
export class AckRules {
  readonly #settings: AckSettings

  constructor(settings: AckSettings) {
    this.#settings = settings
  }

  failed({ definition }: WorkerRequest): SettlementKind {
    const { acksOnFailure, acksOnFailureOrTimeout } = definition?.settings ?? {}
    return (acksOnFailure ?? acksOnFailureOrTimeout ?? this.#settings.onFailure)
      ? { kind: 'ack' }
      : { kind: 'reject', requeue: false }
  }

  timedOut({ definition }: WorkerRequest): SettlementKind {
    const { acksOnTimeout, acksOnFailureOrTimeout } = definition?.settings ?? {}
    return (acksOnTimeout ?? acksOnFailureOrTimeout ?? this.#settings.onTimeout)
      ? { kind: 'ack' }
      : { kind: 'reject', requeue: true }
  }

  lost({ definition, lateAck }: WorkerRequest): SettlementKind {
    const reject = definition?.settings.rejectOnWorkerLost ?? this.#settings.rejectOnWorkerLost
    return lateAck && reject ? { kind: 'reject', requeue: true } : { kind: 'ack' }
  }
}
