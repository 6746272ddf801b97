import { failureMeta } from '@umbel/backend'
import { fromJSON, type Handle } from '@umbel/canvas'
import { ChordError, errorRepr, errorToData, type ResultTuple } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { BoundTask } from '../task/bound.js'
import type { Umbel } from '../umbel.js'

type Rest = [body: unknown, interval?: number | null, maxRetries?: number | null, header?: readonly ResultTuple[]]

/**
 * Sends the body of a chord once its header is ready: what a Python client sends along where its result store cannot
 * count. Looks again every `interval` seconds.
 */
export function unlockChord(app: Umbel) {
  return async (
    task: BoundTask,
    _groupId: string,
    ...[body, interval, maxRetries, header = []]: Rest
  ): Promise<void> => {
    const members = header.map(tuple => app.resultFromTuple(tuple) as Handle<unknown>)
    const ready = await Promise.all(members.map(member => member.ready()))
    if (!ready.every(Boolean)) {
      const countdown = interval ?? app.services.settings().resultChordRetryInterval
      throw task.retry({ countdown, maxRetries: maxRetries ?? null })
    }
    await finish(app, body, members)
  }
}

async function finish(app: Umbel, body: unknown, members: readonly Handle<unknown>[]): Promise<void> {
  const callback = fromJSON(body, { dispatcher: app.dispatcher })
  const values: unknown[] = []
  for (const member of members) {
    try {
      values.push(await member.get({ allowInTask: true }))
    } catch (thrown) {
      const error = new ChordError(`Dependency ${member.id} raised ${errorRepr(toError(thrown))}`)
      return await failBody(app, callback.id, error)
    }
  }
  await callback.applyAsync([values])
}

async function failBody(app: Umbel, taskId: string | undefined, error: ChordError): Promise<void> {
  if (taskId === undefined) throw error
  const meta = failureMeta({ taskId, now: app.services.clock.now() }, errorToData(error))
  const [refused] = await (await app.services.gateway().backend()).store([meta])
  if (refused !== undefined) throw refused
}
