import { createResultMeta } from '@umbel/backend'
import { errorToData } from '@umbel/protocol'
import { backoffDelay, type Clock, type Logger, sleep, UmbelError } from '@umbel/runtime'
import type { Outgoing } from '@umbel/transport'
import { connectionEnded } from '../consume/ended.js'
import type { HeldDelivery } from '../consume/held.js'
import { WorkerRequest } from '../consume/request.js'
import { settleAll } from '../consume/settle.js'
import type { Consequence } from './consequence.js'
import type { Recorder } from './recorder.js'

export interface SettlingOptions {
  readonly publish: (batch: readonly Outgoing[]) => Promise<readonly (Error | undefined)[]>
  readonly recorder: Recorder
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
  /** Aborts when the worker gives up what it has not done. */
  readonly gaveUp: AbortSignal
}

const PAUSE = { initial: 0.1, max: 10 }

/** The last step of an outcome: tells the broker. */
export class Settling {
  readonly #options: SettlingOptions

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  async settle(batch: readonly Consequence[]): Promise<void> {
    const open = batch.filter(({ held }) => !held.settled)
    const late = batch.filter(({ held, settlement }) => isTold(held) && leaves(settlement).length > 0)
    await Promise.all([this.#tell(open), ...late.map(consequence => this.#publish(consequence))])
  }

  async #tell(batch: readonly Consequence[]): Promise<void> {
    if (batch.length === 0) return
    const errors = await settleAll(batch.map(({ held, settlement }) => ({ held, how: settlement })))
    await Promise.all(batch.map((consequence, index) => this.#handle(consequence, errors[index])))
  }

  async #handle(consequence: Consequence, error: Error | undefined): Promise<void> {
    if (error === undefined) return
    const { held, settlement } = consequence
    const leaving = leaves(settlement).length > 0
    if (isForGood(error) && leaving) return await this.#refuse(consequence, error)
    held.markUnheard(held.begun && leaving ? { kind: 'ack' } : settlement)
    if (held.begun && leaving) return await this.#publish(consequence)
    const next = connectionEnded(error) ? 'it will deliver it again' : 'trying again'
    this.#options.logger.warn(`the broker could not be told of ${held.label}: ${error.message}; ${next}`)
    if (!connectionEnded(error)) await this.#tellAgain(held)
  }

  /** The connection lives, so that nobody else gives the message back (the file is busy, the disk is full). */
  async #tellAgain(held: HeldDelivery): Promise<void> {
    const { clock, random, gaveUp } = this.#options
    for (let attempt = 0; held.unheard && !gaveUp.aborted; attempt++) {
      const waited = sleep(backoffDelay(attempt, { ...PAUSE, random }), { clock, signal: gaveUp })
      await waited.catch(() => undefined)
      const how = gaveUp.aborted ? undefined : held.retell()
      if (how === undefined) return
      const [error] = await settleAll([{ held, how }])
      if (error !== undefined) held.markUnheard(how)
      if (error !== undefined && connectionEnded(error)) return
    }
  }

  /** What was to leave with the ack can go nowhere: the task has failed. (a retry to an exchange that does not exist) */
  async #refuse({ held }: Consequence, error: Error): Promise<void> {
    const { logger, recorder, clock } = this.#options
    logger.error(`what was to follow ${held.label} could not be sent: ${error.message}`)
    if (held instanceof WorkerRequest) {
      const { id: taskId, parsed, taskWithStore: task } = held
      const context = { taskId, now: clock.now(), replyTo: parsed.replyTo, task }
      await recorder.store([createResultMeta('FAILURE', { result: errorToData(error) }, context)])
    }
    held.reclaim()
    await settleAll([{ held, how: { kind: 'reject', requeue: false } }])
  }

  /** After an early ack, what leaves with the outcome (a retry) has no settlement to travel with. */
  async #publish(consequence: Consequence): Promise<void> {
    const { publish, clock, random, logger, gaveUp } = this.#options
    let open = leaves(consequence.settlement)
    for (let attempt = 0; open.length > 0; attempt++) {
      const current = open
      const errors = await publish(current)
      const refused = errors.find(isForGood)
      if (refused !== undefined) await this.#refuse(consequence, refused)
      open = current.filter((_outgoing, index) => errors[index] !== undefined && !isForGood(errors[index]))
      if (open.length === 0) return
      logger.error(
        `what follows ${consequence.held.label} could not be sent: ${errors.find(isSome)?.message}; trying again`
      )
      await sleep(backoffDelay(attempt, { ...PAUSE, random }), { clock, signal: gaveUp })
    }
  }
}

/** The broker knows already that it is done, or begun: what leaves with its outcome must travel alone. */
function isTold(held: HeldDelivery): boolean {
  return held.settled && (!held.lost || held.begun)
}

function leaves(settlement: Consequence['settlement']): readonly Outgoing[] {
  return settlement.kind === 'ack' ? (settlement.publish ?? []) : []
}

function isSome(error: Error | undefined): error is Error {
  return error !== undefined
}

/** A connection that has ended says nothing of the message: it comes back, or goes over the next one. */
function isForGood(error: Error | undefined): error is Error {
  if (error === undefined || connectionEnded(error)) return false
  return !(error instanceof UmbelError && error.recoverable)
}
