import { createResultMeta, type ResultBackend } from '@umbel/backend'
import type { TaskRegistry } from '@umbel/app'
import { type Clock, failpoint, type Logger, type Timer, toError } from '@umbel/runtime'
import type { Delivery, DeliverySink } from '@umbel/transport'
import type { TaskLog } from '../log/task-log.js'
import { errorData, type Judge } from '../outcome/judge.js'
import type { Outcomes } from '../outcome/outcomes.js'
import { deadLetter, deadQueue } from './dead-letter.js'
import type { Link } from './link.js'
import type { WorkerRequest } from './request.js'
import type { Starter } from './starter.js'
import type { Decision, Strategy } from './strategy.js'

export interface IntakeOptions {
  readonly strategy: Strategy
  readonly starter: Starter
  readonly judge: Judge
  readonly outcomes: Outcomes
  readonly tasks: TaskRegistry
  readonly log: TaskLog
  readonly logger: Logger
  readonly clock: Clock
  readonly backend: () => Promise<ResultBackend>
  /** The broker keeps messages until they are due. */
  readonly brokerDelays: boolean
  /** Its lease ended: the task must not do more. */
  readonly lost: (request: WorkerRequest) => void
}

/** Under this many milliseconds a message waits here: handing it back would cost more. */
const SHORT_WAIT = 1000
const LONGEST_TIMER = 2 ** 31 - 1

/** Takes deliveries and sees that each goes its way: to a slot, back to the store until it is due, or to its end. */
export class Intake {
  readonly #options: IntakeOptions
  /** Deliveries that are not settled, by the link and tag that they came with. */
  readonly #held = new Map<Link, Map<number, WorkerRequest>>()
  readonly #timers = new Map<WorkerRequest, Timer>()

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Requests that wait here until they are due. */
  get delayed(): readonly WorkerRequest[] {
    return [...this.#timers.keys()]
  }

  sink(link: Link): DeliverySink {
    this.#held.clear()
    const held = new Map<number, WorkerRequest>()
    this.#held.set(link, held)
    return { deliver: batch => this.#deliver(link, held, batch), lost: tags => this.#lose(held, tags) }
  }

  /** The request needs no watching any more. */
  release(request: WorkerRequest): void {
    for (const held of this.#held.values())
      if (held.get(request.delivery.tag) === request) held.delete(request.delivery.tag)
  }

  /** Lets go of what waits for its time; answers it. */
  close(): readonly WorkerRequest[] {
    const waiting = this.delayed
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    return waiting
  }

  #deliver(link: Link, held: Map<number, WorkerRequest>, batch: readonly Delivery[]): void {
    failpoint('after-fetch')
    const now = this.#options.clock.now()
    const ready: WorkerRequest[] = []
    for (const delivery of batch) {
      const decision = this.#options.strategy.decide(delivery, link, now)
      if (decision.kind === 'unreadable') {
        void this.#setAside(link, decision)
        continue
      }
      held.set(delivery.tag, decision.request)
      if (decision.kind === 'run') ready.push(decision.request)
      this.#act(decision, now)
    }
    if (ready.length > 0) this.#options.starter.add(ready)
  }

  #act(decision: Exclude<Decision, { kind: 'unreadable' }>, now: number): void {
    const { judge, outcomes, log, tasks } = this.#options
    const { request } = decision
    switch (decision.kind) {
      case 'run':
        return log.received(request)
      case 'delay':
        log.received(request, decision.due)
        return this.#delay(request, decision.due, now)
      case 'unknown':
        log.unknown(request, tasks.names())
        return outcomes.add([
          judge.failed(request, {
            error: errorData('NotRegistered', request.name),
            traceback: null,
            now,
            settlement: { kind: 'ack' }
          })
        ])
      default:
        log.discarded(request, decision.kind)
        return outcomes.add([judge.discarded(request, decision.kind, now)])
    }
  }

  /** Back into the store until it is due; only the last moment is waited out here. (pain 6) */
  #delay(request: WorkerRequest, due: number, now: number): void {
    const { clock, brokerDelays } = this.#options
    if (brokerDelays && due - now > SHORT_WAIT) {
      const { exchange, routingKey, message } = request.delivery
      void this.#settle(request, { kind: 'ack', publish: [{ exchange, routingKey, message, notBefore: due }] })
      return
    }
    const timer = clock.setTimer(Math.min(due - now, LONGEST_TIMER), () => {
      this.#timers.delete(request)
      this.#options.starter.add([request])
    })
    this.#timers.set(request, timer)
  }

  async #settle(request: WorkerRequest, how: Parameters<WorkerRequest['settle']>[0]): Promise<void> {
    try {
      await request.settle(how)
    } catch (thrown) {
      this.#options.logger.warn(`${request.label} could not be handed back until it is due: ${toError(thrown).message}`)
    } finally {
      this.release(request)
    }
  }

  /** A message that no task can be made of is kept where a person finds it; whoever waits for its result is told. */
  async #setAside(link: Link, { delivery, reason, id }: Extract<Decision, { kind: 'unreadable' }>): Promise<void> {
    const { log, clock, logger, backend } = this.#options
    const now = clock.now()
    log.unreadable(delivery.queue, deadQueue(delivery.queue), reason)
    try {
      if (id !== undefined) {
        const error = errorData('InvalidTaskError', reason)
        await (await backend()).store([createResultMeta('FAILURE', { result: error }, { taskId: id, now })])
      }
      await link.settle({ tag: delivery.tag, kind: 'ack', publish: [deadLetter(delivery, reason, now)] })
    } catch (thrown) {
      logger.error(`a message of ${delivery.queue} could not be set aside: ${toError(thrown).message}`)
    }
  }

  #lose(held: Map<number, WorkerRequest>, tags: readonly number[]): void {
    for (const tag of tags) {
      const request = held.get(tag)
      held.delete(tag)
      if (request === undefined) continue
      request.markLost()
      this.#timers.get(request)?.cancel()
      this.#timers.delete(request)
      this.#options.lost(request)
    }
  }
}
