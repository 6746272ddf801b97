import type { TaskRegistry } from '@umbel/app'
import { NotRegistered } from '@umbel/protocol'
import { type Clock, failpoint } from '@umbel/runtime'
import type { Delivery, DeliverySink } from '@umbel/transport'
import type { TaskLog } from '../log/task-log.js'
import type { Judge } from '../outcome/judge.js'
import type { Outcomes } from '../outcome/outcomes.js'
import { Deliveries } from './deliveries.js'
import type { LostTasks } from '../outcome/lost-tasks.js'
import { CutOff } from './cut-off.js'
import type { HeldDelivery, Settler } from './held.js'
import type { WorkerRequest } from './request.js'
import type { Decision, Strategy } from './strategy.js'
import { Waiting } from './waiting.js'

export interface IntakeOptions {
  readonly strategy: Strategy
  readonly judge: Judge
  readonly outcomes: Outcomes
  readonly tasks: TaskRegistry
  readonly lostTasks: LostTasks
  readonly log: TaskLog
  readonly clock: Clock
  /** The broker keeps messages until they are due. */
  readonly brokerDelays: boolean
  /** One more is held until it is due: it takes no slot, so another may come in its place. */
  readonly postponed: () => void
  /** These may start. */
  readonly ready: (requests: readonly WorkerRequest[]) => void
  /** What runs already came back, and takes credit without waiting for a slot. */
  readonly resumed: () => void
  /** Their leases ended: other workers have them now. */
  readonly lost: (held: readonly HeldDelivery[]) => void
  /** Their connection ended: the broker hands them out again. */
  readonly abandoned: (held: readonly HeldDelivery[]) => void
}

/** Under this many milliseconds a message waits here: handing it back would cost more. */
const SHORT_WAIT = 1000

/** Takes deliveries and sees that each goes its way: to a slot, back to the store until it is due, or to its end. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #waiting: Waiting
  readonly #cutOff = new CutOff()
  #current: Deliveries | undefined

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#waiting = new Waiting(options.clock, request => this.#due(request))
  }

  /** Deliveries that are here and not settled. */
  get held(): number {
    return this.#current?.size ?? 0
  }

  /** What waits here for its time. */
  get scheduled(): Waiting['requests'] {
    return this.#waiting.requests
  }

  sink(link: Settler & { readonly closed: Promise<unknown> }): DeliverySink {
    const deliveries = new Deliveries(link)
    this.#current = deliveries
    void link.closed.then(() => this.#abandon(deliveries))
    return { deliver: batch => this.#deliver(deliveries, batch), lost: tags => this.#lose(deliveries, tags) }
  }

  /** Lets go of what waits for its time; answers it. */
  close(): readonly WorkerRequest[] {
    return this.#waiting.clear()
  }

  #deliver(deliveries: Deliveries, batch: readonly Delivery[]): void {
    failpoint('after-fetch')
    const { strategy, clock, log, ready } = this.#options
    const now = clock.now()
    const runnable: WorkerRequest[] = []
    let resumed = false
    for (const delivery of batch) {
      const decision = strategy.decide(delivery, deliveries, now)
      const mayBegin = decision.kind === 'run' || (decision.kind === 'lost' && this.#cutOff.neverBegan(decision.held))
      const known = this.#cutOff.returned(decision.held)
      deliveries.hold(known ?? decision.held)
      if (known !== undefined) {
        resumed = true
        continue
      }
      if (mayBegin) {
        log.received(decision.held)
        runnable.push(decision.held)
      } else this.#act(decision, now)
    }
    if (runnable.length > 0) ready(runnable)
    if (resumed) this.#options.resumed()
  }

  #act(decision: Exclude<Decision, { kind: 'run' }>, now: number): void {
    const { judge, outcomes, log, tasks } = this.#options
    switch (decision.kind) {
      case 'delay':
        log.received(decision.held, decision.due)
        return this.#delay(decision.held, decision.due, now)
      case 'unknown':
        log.unknown(decision.held, tasks.names())
        return outcomes.add([judge.unknown(decision.held, new NotRegistered(decision.held.name), now)])
      case 'unreadable':
        log.unreadable(decision.held.delivery.queue, decision.error.message)
        return outcomes.add([judge.unreadable(decision.held, decision, now)])
      case 'lost':
        return this.#options.lostTasks.add(decision.held)
      default:
        log.discarded(decision.held, decision.kind)
        return outcomes.add([judge.discarded(decision.held, decision.kind, now)])
    }
  }

  /** Back into the store until it is due; only the last moment is waited out here. (pain 6) */
  #delay(request: WorkerRequest, due: number, now: number): void {
    if (!this.#options.brokerDelays || due - now <= SHORT_WAIT) {
      this.#waiting.add(request, due - now)
      return this.#options.postponed()
    }
    const { queue, message } = request.delivery
    const publish = [{ exchange: '', routingKey: queue, message, notBefore: due }]
    this.#options.outcomes.add([this.#options.judge.handedBack(request, { kind: 'ack', publish })])
  }

  #due(request: WorkerRequest): void {
    const { strategy, clock, ready } = this.#options
    const now = clock.now()
    const decision = strategy.judge(request, now)
    if (decision.kind === 'run') ready([request])
    else if (decision.kind === 'delay') this.#delay(request, decision.due, now)
    else this.#act(decision, now)
  }

  #lose(deliveries: Deliveries, tags: readonly number[]): void {
    const lost = deliveries.lose(tags)
    this.#waiting.remove(lost)
    if (lost.length > 0) this.#options.lost(lost)
  }

  #abandon(deliveries: Deliveries): void {
    const abandoned = deliveries.abandon()
    this.#waiting.remove(abandoned)
    this.#cutOff.add(abandoned)
    if (abandoned.length > 0) this.#options.abandoned(abandoned)
  }
}
