import type { Report } from '@umbel/pool'
import { EMPTY_PLAN, type FollowUpContext, joinPlans } from '@umbel/canvas'
import type { ErrorData } from '@umbel/protocol'
import type { AckRules } from '../consume/ack-rules.js'
import { deadLetter } from '../consume/dead-letter.js'
import type { SettlementKind, WorkerRequest } from '../consume/request.js'
import type { Consequence } from './consequence.js'
import { embedOf, readEmbed } from './embed.js'
import { type FailureContext, failureConsequence } from './failure.js'
import { metaOf, type MetaOptions } from './metas.js'
import { replacement } from './replaced.js'
import { storeErrors, storesResult, type StoreRules } from './store-rules.js'
import { successConsequence } from './success.js'

export interface JudgeOptions {
  readonly metas: MetaOptions
  readonly acks: AckRules
  readonly store: StoreRules
  readonly followUp: (request: WorkerRequest) => FollowUpContext
}

/** Says what follows from each kind of report; does none of it. */
export class Judge {
  readonly #options: JudgeOptions

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  judge(request: WorkerRequest, report: Report, now: number): Consequence {
    const { acks } = this.#options
    switch (report.kind) {
      case 'success':
        return successConsequence(request, report, {
          settlement: ACK,
          store: storesResult(request, this.#options.store),
          context: this.#context(request, now)
        })
      case 'failure':
        return this.failed(request, {
          error: report.error,
          traceback: report.traceback,
          now,
          settlement: acks.failed(request),
          embed: report.embed,
          children: report.children
        })
      case 'retry':
        return this.#retried(request, report, now)
      case 'replaced':
        return { ...this.#ignored(request), plan: replacement(request, report, this.#options.followUp(request)) }
      case 'reject':
        return this.#rejected(request, report, now)
      case 'ignore':
        return this.#ignored(request)
      case 'undecodable':
        return this.failed(request, {
          error: errorData('DecodeError', report.reason, 'kombu.exceptions'),
          traceback: null,
          now,
          settlement: { kind: 'ack', publish: [deadLetter(request.delivery, report.reason, now)] }
        })
      case 'ended':
        return this.#ended(request, report.by, now)
      case 'lost':
        return this.#lost(request, report.reason, now, acks.lost(request))
      case 'displaced':
        return this.#lost(
          request,
          'its executor was ended for a neighbour',
          now,
          request.lateAck ? GIVE_BACK : undefined
        )
    }
  }

  /** A failure that the control side knows of by itself. */
  failed(request: WorkerRequest, facts: FailedFacts): Consequence {
    const { error, traceback, now, settlement, state = 'FAILURE', children } = facts
    const embed = facts.embed === undefined ? embedOf(request) : readEmbed(facts.embed)
    return failureConsequence(
      request,
      {
        state,
        error,
        traceback,
        embed,
        settlement,
        store: storeErrors(request, this.#options.store),
        ...(children === undefined ? {} : { children })
      },
      this.#context(request, now)
    )
  }

  /** It will not run: it expired, or somebody revoked it. */
  discarded(request: WorkerRequest, why: 'expired' | 'revoked' | 'terminated', now: number): Consequence {
    return this.failed(request, {
      state: 'REVOKED',
      error: errorData('TaskRevokedError', why),
      traceback: null,
      now,
      settlement: ACK
    })
  }

  #retried(request: WorkerRequest, report: Extract<Report, { kind: 'retry' }>, now: number): Consequence {
    const { message, exchange, routingKey, notBefore, error, traceback } = report
    const meta = metaOf(
      request,
      { state: 'RETRY', result: error, traceback, children: report.children ?? [] },
      { now, options: this.#options.metas }
    )
    const settlement: SettlementKind = { kind: 'ack', publish: [{ message, exchange, routingKey, notBefore }] }
    return {
      request,
      plan: EMPTY_PLAN,
      metas: storesResult(request, this.#options.store) ? [meta] : [],
      parts: [],
      settlement
    }
  }

  #rejected(
    request: WorkerRequest,
    { requeue, reason }: Extract<Report, { kind: 'reject' }>,
    now: number
  ): Consequence {
    if (requeue) return { ...this.#ignored(request), settlement: { kind: 'reject', requeue: true } }
    const error: ErrorData = { exc_type: 'Reject', exc_message: [reason, false], exc_module: 'celery.exceptions' }
    return this.failed(request, { error, traceback: null, now, settlement: { kind: 'reject', requeue: false } })
  }

  #ignored(request: WorkerRequest): Consequence {
    return { request, plan: joinPlans([]), metas: [], parts: [], settlement: ACK }
  }

  #ended(request: WorkerRequest, by: Extract<Report, { kind: 'ended' }>['by'], now: number): Consequence {
    if (by === 'terminated') return this.discarded(request, 'terminated', now)
    if (by === 'shutdown')
      return this.#lost(request, 'the worker was shut down', now, request.lateAck ? GIVE_BACK : undefined)
    const limit = request.parsed.headers.timelimit[0] ?? request.definition?.settings.timeLimit
    const error: ErrorData = {
      exc_type: 'TimeLimitExceeded',
      exc_message: limit === undefined ? [] : [limit],
      exc_module: 'billiard.exceptions'
    }
    return this.failed(request, { error, traceback: null, now, settlement: this.#options.acks.timedOut(request) })
  }

  /** Given back where the message is still ours, else a failure that callers can see. */
  #lost(request: WorkerRequest, reason: string, now: number, settlement: SettlementKind | undefined): Consequence {
    if (settlement?.kind === 'reject' && settlement.requeue) return { ...this.#ignored(request), settlement }
    return this.failed(request, {
      error: errorData('WorkerLostError', reason, 'billiard.exceptions'),
      traceback: null,
      now,
      settlement: settlement ?? ACK
    })
  }

  #context(request: WorkerRequest, now: number): FailureContext {
    return { now, options: this.#options.metas, followUp: this.#options.followUp(request) }
  }
}

export interface FailedFacts {
  readonly error: ErrorData
  readonly traceback: string | null
  readonly now: number
  readonly settlement: SettlementKind | undefined
  readonly state?: 'FAILURE' | 'REVOKED'
  readonly embed?: string | undefined
  readonly children?: Extract<Report, { kind: 'failure' }>['children']
}

const ACK: SettlementKind = { kind: 'ack' }
const GIVE_BACK: SettlementKind = { kind: 'reject', requeue: true }

export function errorData(type: string, message: string, module = 'celery.exceptions'): ErrorData {
  return { exc_type: type, exc_message: [message], exc_module: module }
}
