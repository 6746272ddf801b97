import type { Umbel } from '@umbel/app'
import { revokeLimits } from '@umbel/control'
import type { Logger, Timer } from '@umbel/runtime'
import { RevokedIds } from './consume/revoked.js'
import { settleAll } from './consume/settle.js'
import type { AppLocation } from './executor/data.js'
import { TaskLog } from './log/task-log.js'
import { Runner } from './run/runner.js'
import { compileWorkerSettings, type WorkerOptions, type WorkerSettings } from './settings.js'
import { untilAborted } from './until-aborted.js'
import { type ConsumeSide, wireConsume } from './wiring/consume.js'
import { type ControlSide, wireControl } from './wiring/control.js'
import type { LogTarget, WorkerContext } from './wiring/context.js'
import { type OutcomeSide, wireOutcome } from './wiring/outcome.js'
import { wirePool } from './wiring/pool.js'
import { storeOf } from './wiring/store.js'

export interface AssemblyParts {
  readonly app: Umbel
  readonly hostname: string
  readonly options: WorkerOptions
  readonly module: AppLocation | undefined
  readonly ownsProcess: boolean
  readonly log: LogTarget
  readonly logger: Logger
  readonly failed: (error: Error) => void
}

/** Seconds for outcomes to be carried out after the tasks of a worker whose time is over were ended. */
const LAST_WORDS = 5

/** The parts of one run of a worker, wired: broker → intake → runner → outcomes → broker. */
export class Assembly {
  readonly #context: WorkerContext
  readonly #outcome: OutcomeSide
  readonly #runner: Runner
  readonly #consume: ConsumeSide
  readonly #control: ControlSide
  readonly #gaveUp = new AbortController()
  #quieting: Promise<void> | undefined

  constructor(parts: AssemblyParts) {
    this.#context = contextOf(parts, this.#gaveUp.signal)
    this.#outcome = wireOutcome(this.#context)
    this.#runner = this.#createRunner()
    this.#control = wireControl(this.#context, { runner: this.#runner, consume: () => this.#consume })
    this.#consume = wireConsume(this.#context, this.#runner, {
      outcome: this.#outcome,
      failed: parts.failed,
      adopted: connection => this.#control.step?.attach(connection)
    })
  }

  get settings(): WorkerSettings {
    return this.#context.settings
  }

  get queues(): readonly string[] {
    return this.#consume.queues
  }

  /** Without its password; an SQLite file's path. Undefined while there is no connection. */
  get brokerUrl(): string | undefined {
    return this.#consume.consumer.link?.brokerUrl
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#context.backend()
    await this.#control.revocations.start()
    await this.#runner.pool.start(signal)
    await this.#consume.consumer.start(signal)
    if (this.#consume.consumer.link !== undefined) await this.#control.step?.tried
    this.#outcome.sweeper.start()
  }

  revoke(ids: readonly string[], terminate: boolean): void {
    const running = new Set(this.#runner.active.map(({ id }) => id))
    void this.#control.revocations.add(
      ids,
      ids.filter(id => !running.has(id))
    )
    if (terminate) this.#runner.terminate(new Set(ids))
  }

  /** Takes nothing more, and gives back what has not begun. */
  quiet(): Promise<void> {
    this.#quieting ??= this.#quiet()
    return this.#quieting
  }

  /** Waits for what runs, `shutdownTimeout` seconds at most; then ends it and gives back what can be given back. */
  async stop(): Promise<void> {
    const { shutdownTimeout } = this.settings
    const timer = shutdownTimeout === undefined ? undefined : this.#after(shutdownTimeout, () => void this.#end())
    try {
      await untilAborted(this.quiet(), this.#gaveUp.signal)
      await this.#idle()
      await this.#close()
    } finally {
      timer?.cancel()
    }
  }

  async terminate(): Promise<void> {
    const ended = this.#end()
    await untilAborted(this.quiet(), this.#gaveUp.signal)
    await ended
    await this.#idle()
    await this.#close()
  }

  /** What runs is ended, and what cannot be said within a few seconds is given up. */
  async #end(): Promise<void> {
    const timer = this.#after(LAST_WORDS, () => this.#gaveUp.abort())
    await this.#runner.end()
    await untilAborted(this.#outcome.outcomes.idle(), this.#gaveUp.signal)
    timer.cancel()
  }

  async #quiet(): Promise<void> {
    await this.#consume.consumer.quiet()
    const unstarted = [...this.#runner.close(), ...this.#consume.intake.close()]
    await settleAll(unstarted.map(held => ({ held, how: { kind: 'reject', requeue: true, unspent: true } })))
  }

  /** Waits until no body runs and all that follows is done, or given up. */
  async #idle(): Promise<void> {
    const { outcomes } = this.#outcome
    while (this.#runner.busy || (outcomes.busy && !this.#gaveUp.signal.aborted)) {
      await this.#runner.idle()
      await untilAborted(outcomes.idle(), this.#gaveUp.signal)
    }
  }

  async #close(): Promise<void> {
    // A sweep may wait for a store that is away; whoever sweeps next does what it leaves.
    const timer = this.#after(LAST_WORDS, () => this.#gaveUp.abort())
    await this.#outcome.sweeper.stop()
    timer.cancel()
    await this.#control.step?.stop()
    await this.#control.revocations.stop()
    await this.#consume.consumer.close()
    await this.#runner.stop()
    this.#gaveUp.abort()
  }

  #createRunner(): Runner {
    const { app, settings, revoked, log, logger } = this.#context
    return new Runner({
      ...this.#outcome,
      pool: events => wirePool(this.#context, events),
      clock: app.services.clock,
      limits: { soft: settings.softTimeLimit, hard: settings.timeLimit },
      revoked,
      log,
      logger,
      changed: () => this.#consume.adjust()
    })
  }

  #after(seconds: number, callback: () => void): Timer {
    return this.#context.app.services.clock.setTimer(seconds * 1000, callback)
  }
}

function contextOf(
  { app, hostname, options, module, ownsProcess, log, logger }: AssemblyParts,
  gaveUp: AbortSignal
): WorkerContext {
  const { services } = app
  return {
    app,
    hostname,
    settings: compileWorkerSettings(options, services.settings(), { hasModule: module !== undefined }),
    module,
    ownsProcess,
    logTarget: log,
    logger,
    log: new TaskLog(logger),
    revoked: new RevokedIds({ clock: services.clock, ...revokeLimits() }),
    backend: storeOf(app, { logger, gaveUp }),
    gaveUp
  }
}
