import {
  chordBody,
  dispatch,
  type Dispatcher,
  type FollowUpContext,
  joinPlans,
  type Plan,
  SendError
} from '@umbel/canvas'
import { type ChordPart, type CompletedJoin, createResultMeta, type ResultBackend } from '@umbel/backend'
import { errorToData, type ResultMeta } from '@umbel/protocol'
import { backoffDelay, type Clock, failpoint, type Logger, sleep, toError, UmbelError } from '@umbel/runtime'
import type { Outgoing } from '@umbel/transport'
import type { Consequence } from './consequence.js'
import { failedJoin } from './join.js'

export interface CarryOutOptions {
  readonly dispatcher: Dispatcher
  readonly backend: () => Promise<ResultBackend>
  readonly publish: (batch: readonly Outgoing[]) => Promise<readonly (Error | undefined)[]>
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Carries consequences out, a batch at a time and in the order that loses nothing: what follows is sent, then results
 * are stored and counted, complete joins go on, and only then is the broker told. A crash in between repeats a step;
 * it never skips one. (wire-protocol 7.4, trap 17)
 */
export class CarryOut {
  readonly #options: CarryOutOptions

  constructor(options: CarryOutOptions) {
    this.#options = options
  }

  async run(batch: readonly Consequence[]): Promise<void> {
    await this.#send(joinPlans(batch.map(({ plan }) => plan)))
    await this.#store(batch.flatMap(({ metas }) => metas))
    await this.#join(batch.flatMap(({ parts }) => parts))
    failpoint('after-result-before-ack')
    await Promise.all(batch.map(consequence => this.#settle(consequence)))
  }

  /** Publishes the bodies of joins; also the sweeper's way for those that were complete but never published. */
  async finishJoins(joins: readonly CompletedJoin[]): Promise<void> {
    for (const join of joins) await this.#finishJoin(join)
  }

  /** Again and again while the broker stays away: ids are fixed, so a task that did arrive is not sent twice. */
  async #send(plan: Plan): Promise<void> {
    if (plan.sends.length === 0) return
    failpoint('mid-publish')
    const { dispatcher, clock, random, logger } = this.#options
    let open = plan
    for (let attempt = 0; ; attempt++) {
      try {
        return await dispatch(open, dispatcher)
      } catch (thrown) {
        const error = toError(thrown)
        logger.error(`what follows from a task could not be sent: ${error.message}`)
        if (!(error instanceof UmbelError) || !error.recoverable) return await this.#neverSent(open, error)
        open = unsent(open, error)
        await sleep(backoffDelay(attempt, { initial: 0.1, max: 10, random }), { clock })
      }
    }
  }

  /** What cannot be sent at all has failed: somebody may be waiting for it. */
  async #neverSent(plan: Plan, error: Error): Promise<void> {
    const result = errorToData(error)
    const now = this.#options.clock.now()
    await this.#store(
      plan.sends.map(({ options }) => createResultMeta('FAILURE', { result }, { taskId: options.task_id, now }))
    )
  }

  async #store(metas: readonly ResultMeta[]): Promise<void> {
    if (metas.length === 0) return
    const errors = await (await this.#options.backend()).store(metas)
    errors.forEach((error, index) => {
      if (error !== undefined)
        this.#options.logger.error(`the result of task ${metas[index]?.task_id} was not stored: ${error.message}`)
    })
  }

  async #join(parts: readonly ChordPart[]): Promise<void> {
    if (parts.length === 0) return
    failpoint('before-join')
    const answers = await (await this.#options.backend()).storeParts(parts)
    const complete: CompletedJoin[] = []
    answers.forEach((answer, index) => {
      if (answer === undefined) return
      if ('groupId' in answer) complete.push(answer)
      else
        this.#options.logger.error(
          `part ${parts[index]?.meta.task_id} of chord ${parts[index]?.groupId} was not counted: ${answer.message}`
        )
    })
    await this.finishJoins(complete)
  }

  async #finishJoin(join: CompletedJoin): Promise<void> {
    failpoint('after-join')
    const context = this.#contextOf(join)
    const failed = join.parts.find(part => part.status !== 'SUCCESS')
    const results = join.parts.map(part => part.result)
    if (failed === undefined) await this.#send(chordBody(join.body, results, context))
    else await this.#failJoin(join, failed, context)
    failpoint('before-confirm')
    await (await this.#options.backend()).confirmJoins([join.groupId])
  }

  /** The body never runs: its id gets FAILURE ChordError, its errbacks are told. (wire-protocol 6.5) */
  async #failJoin(join: CompletedJoin, failed: ResultMeta, context: FollowUpContext): Promise<void> {
    const { plan, metas, parts } = failedJoin(join.body, failed, { context, now: this.#options.clock.now() })
    await this.#send(plan)
    await this.#store(metas)
    await this.#join(parts)
  }

  /** The body belongs to the part that completed the header, as in Celery. */
  #contextOf({ groupId, body, parts }: CompletedJoin): FollowUpContext {
    const last = parts.at(-1)?.task_id ?? groupId
    const { root_id: root = last, reply_to: replyTo } = body.options
    return { newId: () => this.#options.dispatcher.newId(), replyTo, rootId: root, parentId: last }
  }

  async #settle({ request, settlement }: Consequence): Promise<void> {
    if (settlement === undefined || request.lost) return
    if (request.settled) return await this.#publish(settlement.kind === 'ack' ? (settlement.publish ?? []) : [])
    try {
      await request.settle(settlement)
    } catch (thrown) {
      this.#options.logger.warn(
        `the broker could not be told of ${request.label}: ${toError(thrown).message}; it will deliver it again`
      )
    }
  }

  /** After an early ack, what leaves with the outcome (a retry, a dead letter) has no settlement to travel with. */
  async #publish(batch: readonly Outgoing[]): Promise<void> {
    const { publish, clock, random, logger } = this.#options
    let open = batch
    for (let attempt = 0; open.length > 0; attempt++) {
      const errors = await publish(open)
      const failed = open.filter((_outgoing, index) => errors[index] !== undefined)
      if (failed.length === 0) return
      logger.error(
        `${failed.length} messages could not be sent: ${errors.find(error => error !== undefined)?.message}; trying again`
      )
      open = failed
      await sleep(backoffDelay(attempt, { initial: 0.1, max: 10, random }), { clock })
    }
  }
}

/** Only what did not arrive is sent again. */
function unsent(plan: Plan, error: Error): Plan {
  if (!(error instanceof SendError)) return plan
  return { ...plan, sends: plan.sends.filter(({ options }) => error.failures.has(options.task_id)) }
}
