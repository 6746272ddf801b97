import type { Umbel } from '@umbel/app'
import { type ResultBackend, startedMeta, withRetries } from '@umbel/backend'
import { createPool, type Pool, type PoolEvents, type Report } from '@umbel/pool'
import { formatTime } from '@umbel/protocol'
import type { Clock, Logger } from '@umbel/runtime'
import { AckRules } from './consume/ack-rules.js'
import { Consumer } from './consume/consumer.js'
import { consumedQueues } from './consume/queues.js'
import { Intake } from './consume/intake.js'
import type { WorkerRequest } from './consume/request.js'
import { RevokedIds } from './consume/revoked.js'
import { Starter } from './consume/starter.js'
import { Strategy } from './consume/strategy.js'
import { TimeLimits } from './consume/time-limits.js'
import { cpuCount } from './cpu-count.js'
import type { AppLocation, ExecutorData } from './executor/data.js'
import type { TaskLogLine } from './executor/task-logger.js'
import { answerHostCall } from './host/answer.js'
import { TaskLog } from './log/task-log.js'
import { CarryOut } from './outcome/carry-out.js'
import { followUpContext } from './outcome/follow-up.js'
import { Judge } from './outcome/judge.js'
import { logReport } from './log/report.js'
import { Outcomes } from './outcome/outcomes.js'
import { JoinSweeper } from './outcome/sweeper.js'
import { type StoreRules, tracksStart } from './outcome/store-rules.js'
import { compileWorkerSettings, type WorkerOptions, type WorkerSettings } from './settings.js'

export interface AssemblyParts {
  readonly app: Umbel
  readonly hostname: string
  readonly options: WorkerOptions
  readonly module: AppLocation | undefined
  readonly logger: Logger
  readonly failed: (error: Error) => void
}

const ENTRY = new URL('./executor/entry.js', import.meta.url).href

/** The parts of one run of a worker, wired. */
export class Assembly {
  readonly settings: WorkerSettings
  readonly queues: readonly string[]
  readonly consumer: Consumer
  readonly pool: Pool
  readonly #parts: AssemblyParts
  readonly #clock: Clock
  readonly #log: TaskLog
  readonly #revoked: RevokedIds
  readonly #rules: StoreRules
  readonly #judge: Judge
  readonly #outcomes: Outcomes
  readonly #starter: Starter
  readonly #intake: Intake
  readonly #limits: TimeLimits
  readonly #sweeper: JoinSweeper
  #backend: Promise<ResultBackend> | undefined
  #quieting: Promise<void> | undefined
  #settledDown: (() => void) | undefined

  constructor(parts: AssemblyParts) {
    const { app, hostname, logger } = parts
    const { services } = app
    const settings = services.settings()
    this.#parts = parts
    this.#clock = services.clock
    this.#log = new TaskLog(logger)
    this.#revoked = new RevokedIds({ clock: services.clock })
    this.settings = compileWorkerSettings(parts.options, settings, { hasModule: parts.module !== undefined })
    this.#rules = {
      ignoreResult: settings.taskIgnoreResult || services.backendUrl() === undefined,
      storeErrorsEvenIfIgnored: settings.taskStoreErrorsEvenIfIgnored,
      trackStarted: settings.taskTrackStarted
    }
    const offsetAt = services.composeEnvironment().offsetAt
    this.#judge = new Judge({
      metas: {
        hostname,
        extended: settings.resultExtended,
        formatDate: now => formatTime(now, { offset: offsetAt(now) })
      },
      acks: new AckRules({
        onFailure: settings.taskAcksOnFailure,
        onTimeout: settings.taskAcksOnTimeout,
        rejectOnWorkerLost: settings.taskRejectOnWorkerLost ?? false
      }),
      store: this.#rules,
      followUp: request =>
        followUpContext(request, {
          dispatcher: services.dispatcher,
          inheritPriority: settings.taskInheritParentPriority
        })
    })
    const carryOut = new CarryOut({
      dispatcher: services.dispatcher,
      backend: () => this.#store(),
      publish: batch => services.gateway().publish(batch.map(outgoing => ({ outgoing, topology: undefined }))),
      logger,
      clock: services.clock,
      random: services.random
    })
    this.#outcomes = new Outcomes(carryOut, logger)
    this.pool = createPool(this.#poolOptions())
    this.#starter = new Starter({
      pool: this.pool,
      clock: services.clock,
      revoked: this.#revoked,
      logger,
      discard: (request, why) => this.#discard(request, why),
      changed: () => this.#changed()
    })
    this.#intake = new Intake({
      strategy: new Strategy({
        tasks: app.tasks,
        codecs: services.codecs(),
        revoked: this.#revoked,
        acksLate: settings.taskAcksLate,
        maxMessageSize: this.settings.maxMessageSize
      }),
      starter: this.#starter,
      judge: this.#judge,
      outcomes: this.#outcomes,
      tasks: app.tasks,
      log: this.#log,
      logger,
      clock: services.clock,
      backend: () => this.#store(),
      brokerDelays: services.brokerCapabilities().delays,
      lost: request => this.pool.abort([request.key], 'lost-lease')
    })
    this.#limits = new TimeLimits(
      services.clock,
      { soft: this.settings.softTimeLimit, hard: this.settings.timeLimit },
      {
        soft: (request, limit) => {
          this.#log.softLimit(request, limit)
          this.pool.abort([request.key], 'soft-time-limit')
        },
        hard: (request, limit) => {
          this.#log.hardLimit(request, limit)
          this.pool.end(request.key, 'time-limit')
        }
      }
    )
    const { queues, topology } = consumedQueues(services.router(), this.settings)
    this.queues = queues
    this.consumer = new Consumer(
      {
        connect: () =>
          services.connectBroker({
            name: hostname,
            leaseThread: this.settings.pool === 'inline',
            ...given('lease', this.settings.lease)
          }),
        queues,
        topology,
        sink: link => this.#intake.sink(link),
        credit: () => this.#credit(),
        clock: services.clock,
        random: services.random,
        logger,
        maxRetries: settings.brokerConnectionMaxRetries,
        brokerUrl: services.brokerUrl()
      },
      parts.failed
    )
    this.#sweeper = new JoinSweeper({
      backend: () => this.#store(),
      carryOut,
      clock: services.clock,
      random: services.random,
      logger,
      patience: 5
    })
  }

  async start(signal: AbortSignal): Promise<void> {
    // Stopped while the broker cannot be reached: no more attempts.
    signal.addEventListener('abort', () => void this.consumer.quiet(), { once: true })
    await this.#store()
    await this.pool.start(signal)
    await this.consumer.start()
    this.#sweeper.start()
  }

  revoke(ids: readonly string[], terminate: boolean): void {
    this.#revoked.add(ids)
    if (!terminate) return
    const wanted = new Set(ids)
    for (const request of this.#starter.running.values())
      if (wanted.has(request.id)) this.pool.end(request.key, 'terminated')
  }

  get running(): readonly WorkerRequest[] {
    return [...this.#starter.running.values()]
  }

  /** Takes nothing more, and gives back what has not begun. */
  quiet(): Promise<void> {
    this.#quieting ??= this.#quiet()
    return this.#quieting
  }

  /** Waits for what runs, `shutdownTimeout` seconds at most; then ends it and gives back what can be given back. */
  async stop(): Promise<void> {
    await this.quiet()
    const { shutdownTimeout } = this.settings
    const timer =
      shutdownTimeout === undefined
        ? undefined
        : this.#clock.setTimer(shutdownTimeout * 1000, () => void this.pool.terminate?.())
    await this.#idle()
    timer?.cancel()
    await this.#close()
  }

  async terminate(): Promise<void> {
    await this.quiet()
    await this.pool.terminate?.()
    await this.#idle()
    await this.#close()
  }

  async #quiet(): Promise<void> {
    await this.consumer.quiet()
    const unstarted = [...this.#starter.close(), ...this.#intake.close()]
    await Promise.allSettled(unstarted.map(request => request.settle({ kind: 'reject', requeue: true, unspent: true })))
  }

  async #idle(): Promise<void> {
    while (!this.#starter.empty || this.#outcomes.busy) {
      if (!this.#starter.empty) await new Promise<void>(resolve => (this.#settledDown = resolve))
      await this.#outcomes.idle()
    }
  }

  async #close(): Promise<void> {
    this.#limits.clear()
    await this.#sweeper.stop()
    await this.consumer.close()
    await this.pool.stop()
  }

  #store(): Promise<ResultBackend> {
    this.#backend ??= this.#openStore()
    return this.#backend
  }

  async #openStore(): Promise<ResultBackend> {
    const { services } = this.#parts.app
    const { resultBackendMaxRetries: most } = services.settings()
    return withRetries(await services.gateway().backend(), {
      alwaysRetry: true,
      clock: services.clock,
      random: services.random,
      ...given('maxRetries', most ?? undefined)
    })
  }

  #poolOptions(): Parameters<typeof createPool>[0] {
    const { app, module, hostname } = this.#parts
    const { pool, concurrency, include } = this.settings
    const inline = pool === 'inline'
    const data: ExecutorData = {
      hostname,
      include,
      where: app.services.gateway().describe(),
      ...(inline ? { app } : given('module', module))
    }
    const executors = pool === 'threads' ? concurrency : Math.min(cpuCount(), concurrency)
    return {
      kind: inline ? 'inline' : 'threads',
      entry: ENTRY,
      data,
      slots: concurrency,
      executors: inline ? 1 : executors,
      events: this.#poolEvents()
    }
  }

  #poolEvents(): PoolEvents {
    const { app, logger } = this.#parts
    return {
      accepted: (keys, pid, at) => this.#accepted(keys, pid, at),
      finished: reports => this.#finished(reports),
      idle: () => this.#starter.feed(),
      call: request => answerHostCall(app.services.gateway(), request),
      notify: (method, payload) => {
        if (method === 'log') writeTaskLine(logger, payload as TaskLogLine)
        else logger.error(`${method}: ${JSON.stringify(payload)}`)
      },
      died: ({ id, exitCode, error }) =>
        logger.error(
          `Executor ${id} ended unexpectedly (exit code ${exitCode ?? 'unknown'}${error === undefined ? '' : `, ${error.message}`}); it is being replaced`
        )
    }
  }

  #accepted(keys: readonly string[], pid: number, at: number): void {
    const started: WorkerRequest[] = []
    for (const key of keys) {
      const request = this.#starter.running.get(key)
      if (request === undefined) continue
      this.#limits.start(request)
      if (tracksStart(request, this.#rules)) started.push(request)
    }
    if (started.length > 0) void this.#storeStarted(started, pid, at)
  }

  async #storeStarted(requests: readonly WorkerRequest[], pid: number, at: number): Promise<void> {
    const { hostname } = this.#parts
    await (await this.#store()).store(requests.map(({ id }) => startedMeta({ taskId: id, now: at }, { pid, hostname })))
  }

  #finished(reports: readonly Report[]): void {
    const now = this.#clock.now()
    const consequences = reports.flatMap(report => {
      this.#limits.end(report.key)
      const request = this.#starter.finish(report.key)
      if (request === undefined) return []
      this.#intake.release(request)
      logReport(this.#log, request, report)
      return request.lost && request.lateAck ? [] : [this.#judge.judge(request, report, now)]
    })
    this.#outcomes.add(consequences)
    this.#starter.feed()
    if (this.#starter.empty) this.#settledDown?.()
  }

  #discard(request: WorkerRequest, why: 'expired' | 'revoked'): void {
    this.#log.discarded(request, why)
    this.#intake.release(request)
    this.#outcomes.add([this.#judge.discarded(request, why, this.#clock.now())])
  }

  #changed(): void {
    this.consumer.setCredit(this.#credit())
    if (this.#starter.empty) this.#settledDown?.()
  }

  /** Unsettled messages that may be here: those that run with late ack, those that wait, and one window for free slots. */
  #credit(): number {
    const { prefetchMultiplier } = this.settings
    if (prefetchMultiplier === 0) return 65_535
    const runningLate = this.running.filter(request => !request.settled).length
    const window = Math.ceil(Math.max(0, this.#starter.freeSlots) * prefetchMultiplier)
    return runningLate + Math.max(window, this.#starter.waiting.length) + this.#intake.delayed.length
  }
}

function writeTaskLine(logger: Logger, { level, message, fields }: TaskLogLine): void {
  logger[level](message, fields)
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V })
}
