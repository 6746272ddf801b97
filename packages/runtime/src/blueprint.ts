import { type Clock, systemClock } from './clock.js'
import { UmbelError } from './errors.js'
import type { Service, Step } from './service.js'
import { createService } from './service-base.js'
import { type Failure, stopInReverse, terminateInReverse } from './shutdown.js'
import { orderSteps } from './step-order.js'

/** Steps in a proven order, from which a running whole is built. (celery.bootsteps.Blueprint) */
export interface Blueprint<Context> {
  /** Names in starting order. */
  readonly order: readonly string[]
  /**
   * One service out of the steps: starts them in order, each created just before, and unwinds when one fails; `quiet`
   * reaches all; `stop` goes in reverse and terminates what is left at the deadline. A step left out by `includeIf`
   * counts as fulfilled for those who require it.
   */
  build(context: Context, options?: BuildOptions): Service
}

export interface BuildOptions {
  /** Default `blueprint`. */
  readonly name?: string
  /** Seconds for the `stop` of all steps together; what has not ended then is terminated. Default 10. */
  readonly deadline?: number
  /** Seconds for the `terminate` of all steps together; what has not ended then is left and reported. Default 5. */
  readonly grace?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/** Some steps failed to stop or did not end in time; all others did stop. `failures` names each. */
export class ShutdownError extends UmbelError {
  static override readonly code = 'SHUTDOWN'
  readonly failures: readonly Failure[]

  constructor(failures: readonly Failure[]) {
    const list = failures.map(({ name, error }) => `${name} (${error.message})`).join(', ')
    super(`Not stopped cleanly: ${list}`, { cause: failures[0]?.error })
    this.failures = failures
  }
}

/** @throws StepOrderError with the path for a cycle, an unknown or a doubled name */
export function createBlueprint<Context>(steps: readonly Step<Context>[]): Blueprint<Context> {
  const ordered = orderSteps(steps)
  return {
    order: ordered.map(step => step.name),
    build: (context, options = {}) => buildService(ordered, context, options)
  }
}

function buildService<Context>(steps: readonly Step<Context>[], context: Context, options: BuildOptions): Service {
  const { name = 'blueprint', deadline = 10, grace = 5, clock = systemClock } = options
  const started: Service[] = []
  return createService(name, { start, quiet, stop, terminate })

  async function start(signal: AbortSignal): Promise<void> {
    for (const step of steps) {
      signal.throwIfAborted()
      if (step.includeIf?.(context) === false) continue
      const service = step.create(context)
      started.push(service)
      await service.start(signal)
    }
  }

  function quiet(): void {
    for (const service of started.toReversed()) service.quiet?.()
  }

  async function stop(): Promise<void> {
    quiet()
    report(await stopInReverse(started, { deadline, grace, clock }))
  }

  async function terminate(): Promise<void> {
    report(await terminateInReverse(started, { grace, clock }))
  }

  function report(failures: readonly Failure[]): void {
    started.length = 0
    if (failures.length > 0) throw new ShutdownError(failures)
  }
}
