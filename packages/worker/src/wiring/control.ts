import { revokeLimits } from '@umbel/control'
import { LamportClock } from '@umbel/runtime'
import { COMMANDS } from '../control/commands/index.js'
import { Panel } from '../control/panel.js'
import { Revocations } from '../control/revocations.js'
import type { ControlState } from '../control/state.js'
import { workerStats } from '../control/stats.js'
import type { Runner } from '../run/runner.js'
import { ControlStep } from '../steps/control.js'
import type { ConsumeSide } from './consume.js'
import type { WorkerContext } from './context.js'

/** What can be asked of a worker, and told to it, from outside. */
export interface ControlSide {
  readonly revocations: Revocations
  /** undefined: remote control is off, or the broker cannot broadcast. */
  readonly step: ControlStep | undefined
}

export function wireControl(
  context: WorkerContext,
  sides: { readonly runner: Runner; readonly consume: () => ConsumeSide }
): ControlSide {
  const { app, hostname, logger, backend, revoked: ids } = context
  const { services } = app
  const { clock, random } = services
  const { expires } = revokeLimits()
  const disabled = services.backendUrl() === undefined
  const revocations = new Revocations({ ids, backend, disabled, expires, clock, logger })
  if (!services.settings().workerEnableRemoteControl || !services.brokerCapabilities().fanout)
    return { revocations, step: undefined }
  const state = stateOf(context, revocations, sides)
  const panel = new Panel(COMMANDS)
  const handle = (method: string, args: Readonly<Record<string, unknown>>): unknown => {
    state.clock.forward()
    return panel.handle(state, method, args)
  }
  return { revocations, step: new ControlStep({ hostname, mailbox: services.mailbox(), handle, random, logger }) }
}

function stateOf(
  { app, hostname, settings, logger }: WorkerContext,
  revocations: Revocations,
  { runner, consume }: { readonly runner: Runner; readonly consume: () => ConsumeSide }
): ControlState {
  const clock = new LamportClock()
  const startedAt = app.services.clock.monotonic()
  const { pool } = runner
  return {
    app,
    hostname,
    logger,
    clock,
    registry: app.tasks,
    tasks: {
      active: () => runner.active,
      reserved: () => runner.reserved,
      scheduled: () => consume().intake.scheduled,
      terminate: ids => runner.terminate(ids)
    },
    revocations,
    stats: () =>
      workerStats({
        app,
        settings,
        clock,
        pool,
        totals: () => runner.totals,
        prefetch: () => consume().credit(),
        startedAt
      })
  }
}
