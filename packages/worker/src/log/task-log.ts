import type { Logger } from '@umbel/runtime'
import { deadQueue } from '../consume/dead-letter.js'
import type { WorkerRequest } from '../consume/request.js'

/** What happens to tasks, in Celery's words. (celery.app.trace, celery.worker.request) */
export class TaskLog {
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  received(request: WorkerRequest, due?: number): void {
    const eta = due === undefined ? '' : `  ETA:[${new Date(due).toISOString()}]`
    this.#logger.info(`Task ${request.label} received${eta}`)
  }

  succeeded(request: WorkerRequest, { runtime, repr }: { runtime: number; repr: string }): void {
    this.#logger.info(`Task ${request.label} succeeded in ${seconds(runtime)}s: ${repr}`)
  }

  failed(
    request: WorkerRequest,
    { repr, traceback, expected }: { repr: string; traceback: string; expected: boolean }
  ): void {
    if (expected) this.#logger.info(`Task ${request.label} raised expected: ${repr}`)
    else this.#logger.error(`Task ${request.label} raised unexpected: ${repr}\n${traceback}`)
  }

  retried(request: WorkerRequest, repr: string): void {
    this.#logger.info(`Task ${request.label} retry: ${repr}`)
  }

  ignored(request: WorkerRequest): void {
    this.#logger.info(`Task ${request.label} ignored`)
  }

  rejected(request: WorkerRequest, reason: string): void {
    this.#logger.warn(`Task ${request.label} rejected: ${reason}`)
  }

  discarded(request: WorkerRequest, why: 'expired' | 'revoked'): void {
    this.#logger.info(`Discarding ${why} task: ${request.label}`)
  }

  unknown(request: WorkerRequest, known: readonly string[]): void {
    this.#logger.error(
      `Received unregistered task of type '${request.name}'. The task ${request.label} was marked FAILURE and its message acknowledged. ` +
        `Did you remember to import the module containing this task? Known tasks: ${known.join(', ')}`
    )
  }

  unreadable(queue: string, reason: string): void {
    this.#logger.error(
      `Received a message on ${queue} that no task can be made of; it was moved to ${deadQueue(queue)}: ${reason}`
    )
  }

  softLimit(request: WorkerRequest, limit: number): void {
    this.#logger.warn(`Soft time limit (${limit}s) exceeded for ${request.label}`)
  }

  hardLimit(request: WorkerRequest, limit: number): void {
    this.#logger.error(`Hard time limit (${limit}s) exceeded for ${request.label}`)
  }

  lost(request: WorkerRequest, reason: string): void {
    this.#logger.error(`Task ${request.label} lost its executor: ${reason}`)
  }
}

function seconds(runtime: number): string {
  return runtime
    .toFixed(runtime < 0.001 ? 9 : 6)
    .replace(/0+$/, '')
    .replace(/\.$/, '.0')
}
