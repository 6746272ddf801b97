import { createResultMeta } from '@umbel/backend'
import type { FollowUpContext } from '@umbel/canvas'
import type { Report } from '@umbel/pool'
import { type Embed, type ErrorData, errorToData, type ResultTuple } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { AckRules } from '../consume/ack-rules.js'
import { deadLetter } from '../consume/dead-letter.js'
import type { HeldDelivery, SettlementKind } from '../consume/held.js'
import type { WorkerRequest } from '../consume/request.js'
import { ACK, type Consequence, GIVE_BACK, onlySettled } from './consequence.js'
import { embedOf, NOTHING, readEmbed, UNREADABLE } from './embed.js'
import { errorData } from './error-data.js'
import { failureConsequence, ignoredConsequence, type OutcomeContext } from './failure.js'
import { metaOf, type MetaOptions } from './metas.js'
import { replacement } from './replaced.js'
import { storeErrors, type StoreRules, storesResult } from './store-rules.js'
import { successConsequence } from './success.js'

export interface JudgeOptions {
  readonly metas: MetaOptions
  readonly acks: AckRules
  readonly store: StoreRules
  readonly followUp: (request: WorkerRequest) => FollowUpContext
  /** Seconds. */
  readonly hardLimit: (request: WorkerRequest) => number | undefined
}

type ReportOf<Kind extends Report['kind']> = Extract<Report, { kind: Kind }>

interface Failing {
  readonly error: ErrorData
  readonly settlement: SettlementKind
  readonly state?: 'FAILURE' | 'REVOKED'
  readonly traceback?: string | null
  readonly embed?: Embed
  readonly children?: readonly ResultTuple[] | undefined
}

interface Loss {
  readonly reason: string
  readonly settlement?: SettlementKind
}

export const SHUT_DOWN = 'the worker was shut down'

/** Says what follows from each kind of report; does none of it, and never throws. */
export class Judge {
  readonly #options: JudgeOptions

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  judge(request: WorkerRequest, report: Report, now: number): Consequence {
    try {
      return this.#judge(request, report, now)
    } catch (thrown) {
      return this.#broken(request, toError(thrown), now)
    }
  }

  /** It will not run: it expired, or somebody revoked it. */
  discarded(request: WorkerRequest, why: 'expired' | 'revoked' | 'terminated', now: number): Consequence {
    return this.#failed(
      request,
      { state: 'REVOKED', error: errorData('TaskRevokedError', [why]), settlement: ACK },
      now
    )
  }

  /** No task of its name is here. */
  unknown(request: WorkerRequest, error: Error, now: number): Consequence {
    return this.#failed(request, { error: errorToData(error), settlement: ACK }, now)
  }

  /** Its executor is gone: given back where that is still possible, else a failure that callers can see. */
  lost(request: WorkerRequest, { reason, settlement = ACK }: Loss, now: number): Consequence {
    if (settlement.kind === 'reject' && settlement.requeue) return onlySettled(request, settlement)
    return this.#failed(
      request,
      { error: errorData('WorkerLostError', [reason], 'billiard.exceptions'), settlement },
      now
    )
  }

  /**
   * A message that no task can be made of is kept where a person finds it; whoever waits for its result is told, and so
   * is its group: a chord may be waiting.
   */
  unreadable(held: HeldDelivery, { error, id }: { error: Error; id: string | undefined }, now: number): Consequence {
    const publish = [deadLetter(held.delivery, error.message, now)]
    const consequence = onlySettled(held, { kind: 'ack', publish })
    if (id === undefined) return consequence
    const { group, group_index: index } = held.delivery.message.headers
    const context = { taskId: id, now, groupId: typeof group === 'string' ? group : null }
    const meta = createResultMeta('FAILURE', { result: errorToData(error) }, context)
    if (typeof group !== 'string' || this.#options.store.disabled) return { ...consequence, metas: [meta] }
    return { ...consequence, parts: [{ groupId: group, index: typeof index === 'number' ? index : null, meta }] }
  }

  /** It leaves as it came: into the store until it is due, say. */
  handedBack(request: WorkerRequest, settlement: SettlementKind): Consequence {
    return onlySettled(request, settlement)
  }

  #judge(request: WorkerRequest, report: Report, now: number): Consequence {
    const { acks, followUp } = this.#options
    switch (report.kind) {
      case 'success':
        return this.#succeeded(request, report, now)
      case 'failure':
        return this.#failed(request, { ...factsOf(report), settlement: acks.failed(request) }, now)
      case 'retry':
        return this.#retried(request, report, now)
      case 'replaced':
        return { ...onlySettled(request, ACK), plan: replacement(request, report, followUp(request)) }
      case 'reject':
        return this.#rejected(request, report, now)
      case 'ignore':
        return ignoredConsequence(request, readEmbed(report.embed), this.#context(request, now))
      case 'undecodable':
        return this.#undecodable(request, report.reason, now)
      case 'ended':
        return this.#ended(request, report.by, now)
      case 'lost':
        return this.lost(request, { reason: report.reason, settlement: acks.lost(request) }, now)
      case 'displaced':
        return this.lost(
          request,
          { reason: 'its executor was ended for a neighbour', settlement: unlessEarly(request) },
          now
        )
    }
  }

  #succeeded(request: WorkerRequest, report: ReportOf<'success'>, now: number): Consequence {
    const store = storesResult(request, this.#options.store)
    return successConsequence(request, report, { store, context: this.#context(request, now) })
  }

  #failed(request: WorkerRequest, failing: Failing, now: number): Consequence {
    const { state = 'FAILURE', traceback = null, embed = embedOf(request), ...rest } = failing
    const facts = { ...rest, state, traceback, embed, store: storeErrors(request, this.#options.store) }
    return failureConsequence(request, facts, this.#context(request, now))
  }

  #retried(request: WorkerRequest, report: ReportOf<'retry'>, now: number): Consequence {
    const { message, exchange, routingKey, notBefore, error, traceback, children = [] } = report
    const content = { state: 'RETRY', result: error, traceback, children } as const
    const publish = [{ message, exchange, routingKey, notBefore }]
    const metas = storesResult(request, this.#options.store)
      ? [metaOf(request, content, this.#context(request, now))]
      : []
    return { ...onlySettled(request, { kind: 'ack', publish }), metas }
  }

  #rejected(request: WorkerRequest, { requeue, reason, embed }: ReportOf<'reject'>, now: number): Consequence {
    if (requeue) return onlySettled(request, GIVE_BACK)
    const error = errorData('Reject', [reason, false])
    const settlement = { kind: 'reject', requeue: false } as const
    return this.#failed(request, { error, settlement, embed: readEmbed(embed) }, now)
  }

  #undecodable(request: WorkerRequest, reason: string, now: number): Consequence {
    const error = errorData('DecodeError', [reason], 'kombu.exceptions')
    const publish = [deadLetter(request.delivery, reason, now)]
    return this.#failed(request, { error, settlement: { kind: 'ack', publish }, embed: UNREADABLE }, now)
  }

  #ended(request: WorkerRequest, by: ReportOf<'ended'>['by'], now: number): Consequence {
    if (by === 'terminated') return this.discarded(request, 'terminated', now)
    if (by === 'shutdown') return this.lost(request, { reason: SHUT_DOWN, settlement: unlessEarly(request) }, now)
    const limit = this.#options.hardLimit(request)
    const error = errorData('TimeLimitExceeded', limit === undefined ? [] : [limit], 'billiard.exceptions')
    return this.#failed(request, { error, settlement: this.#options.acks.timedOut(request) }, now)
  }

  /** What should follow cannot be made of what the message says (a chain of a foreign producer, say). */
  #broken(request: WorkerRequest, error: Error, now: number): Consequence {
    const { chord, chain } = embedOf(request)
    for (const embed of [
      { ...NOTHING, chord, chain },
      { ...NOTHING, chord }
    ]) {
      try {
        return this.#failed(request, { error: errorToData(error), settlement: ACK, embed }, now)
      } catch {
        // The chain is what is broken: at least its own chord is told.
      }
    }
    return onlySettled(request, ACK)
  }

  #context(request: WorkerRequest, now: number): OutcomeContext {
    return { now, options: this.#options.metas, followUp: this.#options.followUp(request) }
  }
}

function factsOf({ error, traceback, embed, children }: ReportOf<'failure'>): Omit<Failing, 'settlement'> {
  return { error, traceback, children, ...(embed === undefined ? {} : { embed: readEmbed(embed) }) }
}

/** With late ack the message is still ours to give back. */
function unlessEarly({ lateAck }: WorkerRequest): SettlementKind {
  return lateAck ? GIVE_BACK : ACK
}
