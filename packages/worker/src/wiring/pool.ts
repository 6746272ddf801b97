import { availableParallelism } from 'node:os'
import { createPool, type ExecutorDeath, type Pool, type PoolEvents, type PoolOptions } from '@umbel/pool'
import type { Logger } from '@umbel/runtime'
import type { ExecutorData } from '../executor/data.js'
import { answerHostCall } from '../host/answer.js'
import { hear } from '../host/notes.js'
import type { WorkerContext } from './context.js'

const ENTRY = new URL('../executor/entry.js', import.meta.url).href

/** The events of a pool that concern running jobs; the others are answered here. */
export type JobEvents = Pick<PoolEvents, 'accepted' | 'finished' | 'concluded' | 'idle'>

export function wirePool(context: WorkerContext, jobs: JobEvents): Pool {
  const { app, logger, gaveUp } = context
  return createPool({
    ...sizeOf(context),
    entry: ENTRY,
    data: dataOf(context),
    events: {
      ...jobs,
      call: request => answerHostCall(app.services.gateway(), request, gaveUp),
      notify: (method, payload) => hear(logger, method, payload),
      died: death => sayDeath(logger, death)
    }
  })
}

function sizeOf({ settings: { pool, concurrency } }: WorkerContext): Pick<PoolOptions, 'kind' | 'slots' | 'executors'> {
  if (pool === 'inline') return { kind: 'inline', slots: concurrency, executors: 1 }
  const executors = pool === 'threads' ? concurrency : Math.min(availableParallelism(), concurrency)
  return { kind: 'threads', slots: concurrency, executors }
}

/** An executor in this thread is given the application itself; in a thread of its own it must load it. */
function dataOf({
  app,
  hostname,
  module,
  ownsProcess,
  logTarget,
  settings: { pool, include }
}: WorkerContext): ExecutorData {
  const gateway = app.services.gateway()
  const shared = { ...logTarget, hostname, include, where: gateway.describe(), replyTo: gateway.replyTo }
  if (pool === 'inline') return { ...shared, app, ownsProcess }
  return module === undefined ? shared : { ...shared, module }
}

function sayDeath(logger: Logger, { id, exitCode, error }: ExecutorDeath): void {
  const how = `exit code ${exitCode ?? 'unknown'}${error === undefined ? '' : `, ${error.message}`}`
  logger.error(`Executor ${id} ended unexpectedly (${how}); it is being replaced`)
}
