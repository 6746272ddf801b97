import type { Settings } from '@umbel/app'
import { formatTime } from '@umbel/protocol'
import { AckRules } from '../consume/ack-rules.js'
import type { SettlementKind } from '../consume/held.js'
import type { WorkerRequest } from '../consume/request.js'
import { CarryOut } from '../outcome/carry-out.js'
import { followUpContext } from '../outcome/follow-up.js'
import { FollowUps } from '../outcome/follow-ups.js'
import { Judge } from '../outcome/judge.js'
import { Outcomes } from '../outcome/outcomes.js'
import { Recorder } from '../outcome/recorder.js'
import { Settling } from '../outcome/settling.js'
import { StartedRecords } from '../outcome/started.js'
import { type StoreRules, tellsFailure } from '../outcome/store-rules.js'
import { ACK } from '../outcome/consequence.js'
import { LostTasks } from '../outcome/lost-tasks.js'
import { JoinSweeper } from '../outcome/sweeper.js'
import { limitsOf } from '../run/time-limits.js'
import type { WorkerContext } from './context.js'

/** Everything behind a report: what follows from it, and its being done. */
export interface OutcomeSide {
  readonly judge: Judge
  readonly outcomes: Outcomes
  readonly started: StartedRecords
  readonly sweeper: JoinSweeper
  readonly lostTasks: LostTasks
  readonly earlyAck: (request: WorkerRequest) => SettlementKind
}

/** Seconds that a chord may be complete and unpublished before the sweeper takes it up. */
const PATIENCE = 5

/** Outcomes that may wait before no more tasks are started. */
const MOST_OPEN = 1000

export function wireOutcome(context: WorkerContext): OutcomeSide {
  const { app, backend, logger, hostname, log } = context
  const { clock, random } = app.services
  const rules = storeRules(context)
  const carryOut = createCarryOut(context)
  const judge = createJudge(context, rules)
  const outcomes = new Outcomes({
    carryOut,
    logger,
    clock,
    limit: Math.max(MOST_OPEN, 2 * context.settings.concurrency)
  })
  const { starts = false } = app.services.brokerCapabilities()
  return {
    judge,
    outcomes,
    lostTasks: new LostTasks({ backend, judge, outcomes, log, logger, clock }),
    earlyAck: request => (starts && tellsFailure(request, rules) ? { kind: 'start' } : ACK),
    started: new StartedRecords({ backend, rules, hostname, logger }),
    sweeper: new JoinSweeper({ backend, carryOut, clock, random, logger, patience: PATIENCE, gaveUp: context.gaveUp })
  }
}

function createCarryOut({ app, backend, logger, gaveUp }: WorkerContext): CarryOut {
  const { clock, random, dispatcher } = app.services
  const recorder = new Recorder(backend, logger)
  return new CarryOut({
    followUps: new FollowUps({ dispatcher, logger, clock, random, gaveUp }),
    recorder,
    settling: new Settling({
      publish: batch => app.services.gateway().publish(batch.map(outgoing => ({ outgoing, topology: undefined }))),
      recorder,
      logger,
      clock,
      random,
      gaveUp
    }),
    newId: () => dispatcher.newId(),
    clock
  })
}

function createJudge(
  { app, hostname, settings: { timeLimit, softTimeLimit } }: WorkerContext,
  store: StoreRules
): Judge {
  const { services } = app
  const settings = services.settings()
  const { offsetAt } = services.composeEnvironment()
  const followUp = { dispatcher: services.dispatcher, inheritPriority: settings.taskInheritParentPriority }
  return new Judge({
    metas: {
      hostname,
      extended: settings.resultExtended,
      formatDate: now => formatTime(now, { offset: offsetAt(now) })
    },
    acks: ackRules(settings),
    store,
    followUp: request => followUpContext(request, followUp),
    hardLimit: request => limitsOf(request, { hard: timeLimit, soft: softTimeLimit }).hard
  })
}

function ackRules(settings: Settings): AckRules {
  return new AckRules({
    onFailure: settings.taskAcksOnFailure,
    onTimeout: settings.taskAcksOnTimeout,
    rejectOnWorkerLost: settings.taskRejectOnWorkerLost ?? false
  })
}

function storeRules({ app }: WorkerContext): StoreRules {
  const settings = app.services.settings()
  return {
    ignoreResult: settings.taskIgnoreResult,
    disabled: app.services.backendUrl() === undefined,
    storeErrorsEvenIfIgnored: settings.taskStoreErrorsEvenIfIgnored,
    trackStarted: settings.taskTrackStarted
  }
}
