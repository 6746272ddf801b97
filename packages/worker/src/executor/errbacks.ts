import type { Umbel } from '@umbel/app'
import type { TaskOutcome, TaskRequest } from '@umbel/app/execution'
import { type SignatureData, tracebackOf } from '@umbel/protocol'
import { type Logger, toError } from '@umbel/runtime'

/**
 * Calls the errbacks that are tasks of this application taking `(request, error, traceback)`, here and now, and
 * answers the others: they are sent as tasks with the failed id. (wire-protocol 7.7)
 */
export async function runErrbacks(
  app: Umbel,
  request: TaskRequest,
  { outcome, logger }: { outcome: TaskOutcome; logger: Logger }
): Promise<readonly SignatureData[] | null> {
  if (outcome.kind !== 'failure' || request.errbacks === null) return request.errbacks
  const rest: SignatureData[] = []
  for (const errback of request.errbacks) {
    const body = inProcessBody(app, errback)
    if (body === undefined) rest.push(errback)
    else
      await call(() => body(request, outcome.error, tracebackOf(outcome.error), ...errback.args), errback.task, logger)
  }
  return rest
}

function inProcessBody(app: Umbel, { task }: SignatureData): ((...args: readonly unknown[]) => unknown) | undefined {
  const definition = app.tasks.find(task)?.definition
  if (definition === undefined || definition.settings.bind || definition.body.length <= 1) return undefined
  return definition.body
}

/** An error inside an errback must not keep the next one from running. */
async function call(work: () => unknown, name: string, logger: Logger): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    logger.error(`errback ${name} failed: ${toError(thrown).message}`)
  }
}
