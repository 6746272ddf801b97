import { chunks, fromJSON, group, type Signature } from '@umbel/canvas'
import type { Args, ResultTuple, SignatureData } from '@umbel/protocol'
import type { Umbel } from '../umbel.js'

/** Sends tasks of `size` items each; answers where their results will be. */
export async function applyChunks(
  app: Umbel,
  { each, it, size }: { each: unknown; it: Iterable<unknown[]>; size: number }
): Promise<ResultTuple> {
  const task = app.signature<unknown[]>(fromJSON(each).data)
  return (
    await group(chunks(task, it, size))
      .bind(app)
      .delay()
  ).asTuple()
}

/** Sends the members of a group; `args` go in front of their own. */
export async function applyGroup(
  app: Umbel,
  { members, id, args = [] }: { members: readonly unknown[]; id?: string | undefined; args?: Args | null | undefined }
): Promise<ResultTuple> {
  const tasks = members.map(member => fromJSON(member).data)
  return await send(composite(app, 'celery.group', { tasks }).set({ taskId: id }), args)
}

/** Sends the header of a chord, and its body when the header is complete. */
export async function applyChord(
  app: Umbel,
  { header, body, args = [] }: { header: unknown; body: unknown; args?: Args | null | undefined }
): Promise<ResultTuple> {
  return await send(composite(app, 'celery.chord', { header, body }), args)
}

function composite(app: Umbel, task: string, kwargs: SignatureData['kwargs']): Signature<unknown[]> {
  const data = { task, args: [], kwargs, options: {}, subtask_type: task.replace('celery.', ''), immutable: false }
  return fromJSON(data, { dispatcher: app.dispatcher }) as unknown as Signature<unknown[]>
}

async function send(signature: Signature<unknown[]>, args: Args | null): Promise<ResultTuple> {
  return (await signature.applyAsync([...(args ?? [])])).asTuple()
}
