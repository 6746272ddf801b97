import { failureMeta } from '@umbel/backend'
import {
  chordBody,
  type Dispatcher,
  dispatch,
  endsInLine,
  endsOf,
  errbacks,
  fromJSON,
  type Handle,
  type Plan,
  type Signature
} from '@umbel/canvas'
import {
  ChordError,
  errorRepr,
  errorToData,
  isReady,
  MaxRetriesExceededError,
  type ResultTuple,
  type SignatureData
} from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { BoundTask, TaskRequest } from '../task/bound.js'
import type { Umbel } from '../umbel.js'

type Rest = [body: unknown, interval?: number | null, maxRetries?: number | null, header?: readonly ResultTuple[]]

/**
 * Sends the body of a chord once its header is ready: what is sent along where the result store cannot count, by us as
 * by Python. Looks again every `interval` seconds. A body that cannot run any more fails, with all that would follow.
 */
export function unlockChord(app: Umbel) {
  return async (
    task: BoundTask,
    groupId: string,
    ...[callback, interval, maxRetries, header = []]: Rest
  ): Promise<void> => {
    const body = fromJSON(callback, { dispatcher: app.dispatcher })
    if (await hasRun(app, body)) return
    const members = header.map(tuple => app.resultFromTuple(tuple) as Handle<unknown>)
    const ready = await Promise.all(members.map(member => member.ready()))
    if (ready.every(Boolean)) return await finish(app, task, { body, members })
    try {
      const countdown = interval ?? app.services.settings().resultChordRetryInterval
      throw task.retry({ countdown, maxRetries: maxRetries ?? null })
    } catch (thrown) {
      if (thrown instanceof MaxRetriesExceededError)
        await failBody(app, task, { body, error: new ChordError(incomplete(groupId, members, ready)) })
      throw thrown
    }
  }
}

/** The second of two such tasks comes too late: a chord that may have been opened before is opened again. */
async function hasRun(app: Umbel, body: Signature): Promise<boolean> {
  if (body.id === undefined) return false
  const meta = await app.services.results.load(body.id)
  return meta !== undefined && isReady(meta.status)
}

interface Chord {
  readonly body: Signature
  readonly members: readonly Handle<unknown>[]
}

async function finish(app: Umbel, task: BoundTask, { body, members }: Chord): Promise<void> {
  const { dispatcher } = app
  const timeout = app.services.settings().resultChordJoinTimeout
  const values: unknown[] = []
  for (const member of members) {
    try {
      values.push(await member.get({ allowInTask: true, timeout }))
    } catch (thrown) {
      const error = new ChordError(`Dependency ${member.id} raised ${errorRepr(toError(thrown))}`)
      return await failBody(app, task, { body, error })
    }
  }
  await dispatch(namedPlan(body, values, { dispatcher, request: task.request }), dispatcher)
}

/** Sent again after a kill, the body is recognised where the broker keeps names, and marked for who runs it. */
function namedPlan(
  body: Signature,
  values: readonly unknown[],
  { dispatcher, request }: { dispatcher: Dispatcher; request: TaskRequest }
): Plan {
  const { id, rootId, deliveryInfo } = request
  const plan = chordBody(body, values, { newId: () => dispatcher.newId(), rootId, parentId: id })
  const repeated = deliveryInfo.redelivered
  return { ...plan, sends: plan.sends.map(send => ({ ...send, sending: `${id}/${send.options.task_id}`, repeated })) }
}

async function failBody(
  app: Umbel,
  { request }: BoundTask,
  { body, error }: { body: Signature; error: ChordError }
): Promise<void> {
  const { services, dispatcher } = app
  const never = endsInLine(body.toJSON()).map(idOf)
  if (never.length === 0) throw error
  const now = services.clock.now()
  const metas = never.map(taskId => failureMeta({ taskId, now }, errorToData(error)))
  const refused = await (await services.gateway().backend()).store(metas)
  const first = refused.find(answer => answer !== undefined)
  if (first !== undefined) throw first
  const context = { newId: () => dispatcher.newId(), rootId: request.rootId, parentId: request.id }
  for (const end of endsOf(body.toJSON())) {
    const links = [end.options.link_error ?? []].flat() as readonly SignatureData[]
    await dispatch(errbacks(links, idOf(end), context), dispatcher)
  }
}

function idOf({ options }: SignatureData): string {
  return String(options.task_id)
}

function incomplete(groupId: string, members: readonly Handle<unknown>[], ready: readonly boolean[]): string {
  const missing = members.filter((_member, index) => ready[index] !== true).map(({ id }) => id)
  return `chord ${groupId} was not complete when its last look came; missing: ${missing.join(', ')}`
}
