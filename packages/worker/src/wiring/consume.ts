import { randomUUID } from 'node:crypto'
import { type Settings, workerDirectQueue } from '@umbel/app'
import type { Logger } from '@umbel/runtime'
import { BrokerUrl, type Connection } from '@umbel/transport'
import { type ConnectionRetry, Consumer } from '../consume/consumer.js'
import { creditOf } from '../consume/credit.js'
import { Intake } from '../consume/intake.js'
import { consumedQueues } from '../consume/queues.js'
import { warnOfSettleDeadline } from '../consume/settle-deadline.js'
import { Strategy } from '../consume/strategy.js'
import type { Runner } from '../run/runner.js'
import type { WorkerContext } from './context.js'
import type { OutcomeSide } from './outcome.js'

/** The broker's side: what comes in, and how much of it. */
export interface ConsumeSide {
  readonly queues: readonly string[]
  readonly intake: Intake
  readonly consumer: Consumer
  /** How much may be here. */
  credit(): number
  /** Free slots, or what waits, may have changed: how much may be here. */
  adjust(): void
}

export interface ConsumeParts {
  readonly outcome: OutcomeSide
  readonly failed: (error: Error) => void
  /** Told of each connection. */
  readonly adopted: (connection: Connection) => void
}

export function wireConsume(
  context: WorkerContext,
  runner: Runner,
  { outcome, failed, adopted }: ConsumeParts
): ConsumeSide {
  const { services } = context.app
  const direct = services.settings().workerDirect ? workerDirectQueue(context.hostname) : undefined
  const { queues, topology, consumerArguments } = consumedQueues(services.router(), context.settings, direct)
  const adjust = (): void => consumer.setCredit(credit())
  const intake = createIntake(context, runner, { outcome, changed: adjust })
  const credit = (): number =>
    creditOf({
      held: intake.held,
      waiting: runner.waiting,
      freeSlots: runner.freeSlots,
      multiplier: context.settings.prefetchMultiplier
    })
  const consumer = new Consumer(
    {
      connect: connector(context),
      queues,
      topology,
      consumerArguments,
      sink: link => intake.sink(link),
      credit,
      adopted: link => adopted(link.connection),
      hungry: () => credit() > intake.held,
      clock: services.clock,
      random: services.random,
      logger: context.logger,
      retry: retryOf(services.settings(), context.logger),
      brokerUrl: BrokerUrl.parse(services.brokerUrl()).redacted
    },
    failed
  )
  return { queues, intake, consumer, credit, adjust }
}

function createIntake(
  { app, log, revoked, settings }: WorkerContext,
  runner: Runner,
  { outcome, changed }: { readonly outcome: OutcomeSide; readonly changed: () => void }
): Intake {
  const { services, tasks } = app
  return new Intake({
    strategy: new Strategy({
      tasks,
      codecs: services.codecs(),
      revoked,
      acksLate: services.settings().taskAcksLate,
      maxMessageSize: settings.maxMessageSize
    }),
    judge: outcome.judge,
    outcomes: outcome.outcomes,
    lostTasks: outcome.lostTasks,
    tasks,
    log,
    clock: services.clock,
    postponed: changed,
    brokerDelays: services.brokerCapabilities().delays,
    ready: requests => runner.add(requests),
    resumed: changed,
    lost: held => runner.lose(held),
    abandoned: held => runner.drop(held)
  })
}

const FOLLOWS =
  'brokerConnectionRetryOnStartup is not set, so that brokerConnectionRetry: false holds at the start too; ' +
  'in Celery 6 it will not: set brokerConnectionRetryOnStartup to false'

function retryOf(settings: Settings, logger: Logger): ConnectionRetry {
  const { brokerConnectionRetry: afterLoss, brokerConnectionRetryOnStartup: atStart } = settings
  if (atStart == null && !afterLoss) logger.warn(FOLLOWS)
  return { atStart: atStart ?? afterLoss, afterLoss, max: settings.brokerConnectionMaxRetries ?? 0 }
}

function connector(context: WorkerContext): () => Promise<Connection> {
  let isWarned = false
  const holder = randomUUID()
  return async () => {
    const connection = await connect(context, holder)
    if (connection.settleWithin !== undefined && !isWarned) warn(context, connection.settleWithin)
    isWarned = true
    return connection
  }
}

function warn({ app, logger, settings: { timeLimit } }: WorkerContext, settleWithin: number): void {
  const acksLate = app.services.settings().taskAcksLate
  warnOfSettleDeadline(settleWithin, { tasks: app.tasks, acksLate, timeLimit, logger })
}

function connect({ app, hostname, settings: { pool, lease } }: WorkerContext, holder: string): Promise<Connection> {
  const options = { name: hostname, holder, leaseThread: pool === 'inline' }
  return app.services.connectBroker(lease === undefined ? options : { ...options, lease })
}
