import type { CompletedJoin } from '@umbel/backend'
import { chordBody, type FollowUpContext, type Plan } from '@umbel/canvas'
import { type Clock, failpoint } from '@umbel/runtime'
import { type Consequence, waitsForHooks } from './consequence.js'
import type { Effects } from './effects.js'
import type { FollowUps } from './follow-ups.js'
import { failedJoin } from './join.js'
import type { Recorder } from './recorder.js'
import type { Settling } from './settling.js'
import { followingPlan, namedPlan, repeatedPlan } from './repeats.js'
import { failUnsent } from './unsent.js'

export interface CarryOutOptions {
  readonly followUps: FollowUps
  readonly recorder: Recorder
  readonly settling: Settling
  readonly newId: () => string
  readonly clock: Clock
}

/**
 * Carries consequences out, a batch at a time and in the order that loses nothing: what follows is sent, then results
 * are stored and counted, complete joins go on, and only then is the broker told. A crash in between repeats a step;
 * it never skips one, and what it sends again is marked. (wire-protocol 7.4, trap 17)
 */
export class CarryOut {
  readonly #options: CarryOutOptions
  /** Groups whose joins are being finished: the sweeper must not do it too. */
  readonly #joining = new Set<string>()

  constructor(options: CarryOutOptions) {
    this.#options = options
  }

  async run(batch: readonly Consequence[]): Promise<void> {
    let done = false
    try {
      await this.#record(batch)
      done = true
    } finally {
      for (const { recorded } of batch) recorded?.(done)
    }
    failpoint('after-result-before-ack')
    await this.#options.settling.settle(batch.filter(one => one.recorded === undefined || !waitsForHooks(one)))
  }

  async #record(batch: readonly Consequence[]): Promise<void> {
    await this.#perform({
      plans: batch.map(({ plan, held }) => followingPlan(plan, held)),
      metas: batch.flatMap(({ metas }) => metas),
      parts: batch.flatMap(({ parts }) => parts)
    })
  }

  /** The sweeper's way for joins that are complete and not confirmed: nobody knows whether their bodies were sent. */
  async repeatJoins(joins: readonly CompletedJoin[]): Promise<void> {
    await this.#finishJoins(joins, async effects => ({ ...effects, plans: await this.#unknown(effects.plans) }))
  }

  async #finishJoins(
    joins: readonly CompletedJoin[],
    adapt: (effects: Effects) => Promise<Effects> = async effects => effects
  ): Promise<void> {
    for (const join of joins) {
      if (this.#joining.has(join.groupId)) continue
      this.#joining.add(join.groupId)
      try {
        failpoint('after-join')
        await this.#perform(await adapt(this.#effectsOf(join)))
        failpoint('before-confirm')
        await this.#options.recorder.confirm(join.groupId)
      } finally {
        this.#joining.delete(join.groupId)
      }
    }
  }

  async #perform({ plans, metas, parts }: Effects): Promise<void> {
    const { followUps, recorder, newId, clock } = this.#options
    const unsendable = await followUps.send(plans)
    await recorder.store(metas)
    await this.#finishJoins(await recorder.count(parts))
    if (unsendable.length > 0) await this.#perform(failUnsent(unsendable, { now: clock.now(), newId }))
  }

  /** Without the tasks of which the result store has heard: they were sent, and have begun. */
  async #unknown(plans: readonly Plan[]): Promise<readonly Plan[]> {
    const ids = plans.flatMap(({ sends }) => sends.map(({ options }) => options.task_id))
    const begun = await this.#options.recorder.known(ids)
    return plans.map(plan =>
      repeatedPlan({ ...plan, sends: plan.sends.filter(({ options }) => !begun.has(options.task_id)) })
    )
  }

  /** The body with the results, or ChordError for it when a part failed. (wire-protocol 6.5) */
  #effectsOf(join: CompletedJoin): Effects {
    const context = this.#contextOf(join)
    const failed = join.parts.find(part => part.status !== 'SUCCESS')
    if (failed !== undefined) return failedJoin(join.body, failed, { context, now: this.#options.clock.now() })
    const results = join.parts.map(part => part.result)
    return { plans: [namedPlan(chordBody(join.body, results, context), join.groupId)], metas: [], parts: [] }
  }

  /** The body belongs to the part that completed the header, as in Celery. */
  #contextOf({ groupId, body, parts }: CompletedJoin): FollowUpContext {
    const last = parts.at(-1)?.task_id ?? groupId
    const { root_id: rootId = last, reply_to: replyTo } = body.options
    return { newId: this.#options.newId, replyTo, rootId, parentId: last }
  }
}
