import { pythonRepr } from '@umbel/protocol'
import * as z from 'zod'
import { defineCommand } from '../command.js'
import { ok } from '../replies.js'
import { signalName } from '../signals.js'
import type { ControlState } from '../state.js'

const args = z.looseObject({
  task_id: z.union([z.string(), z.array(z.string())]).nullish(),
  terminate: z.boolean().nullish(),
  signal: z.union([z.string(), z.number()]).nullish()
})

/** Executors are threads, which know no signals: whichever is named, the task is ended at once. */
export const revoke = defineCommand({
  name: 'revoke',
  kind: 'control',
  help: 'Revoke task by task id (or list of ids).',
  signature: '[id1 [id2 [... [idN]]]]',
  variadic: 'task_id',
  args,
  run: (state, { task_id: given, terminate, signal }) => {
    const ids = [...new Set(typeof given === 'string' ? [given] : (given ?? []))]
    return revokeTasks(state, ids, terminate === true ? signalName(signal ?? 'SIGTERM') : undefined)
  }
})

/** The same with `terminate`; its signal must be named. */
export const terminate = defineCommand({
  name: 'terminate',
  kind: 'control',
  help: 'Terminate task by task id (or list of ids).',
  signature: '<signal> [id1 [id2 [... [idN]]]]',
  variadic: 'task_id',
  args: args.extend({ signal: z.union([z.string(), z.number()]) }),
  run: (state, { signal, ...rest }) => revoke.handle(state, { ...rest, signal, terminate: true })
})

/** `signal` names the one by which those end that run; undefined: they go on. */
async function revokeTasks(state: ControlState, ids: readonly string[], signal: string | undefined): Promise<unknown> {
  const { tasks, revocations, logger } = state
  const running = new Set(tasks.active().map(({ id }) => id))
  const known = new Set([...running, ...tasks.reserved().map(({ id }) => id)])
  const done = revocations.add(
    ids,
    ids.filter(id => !running.has(id))
  )
  if (signal === undefined) {
    logger.info(`Tasks flagged as revoked: ${ids.join(', ')}`)
    await done
    return ok(`tasks ${setText(ids)} flagged as revoked`)
  }
  const here = ids.filter(id => known.has(id))
  for (const id of here) logger.info(`Terminating ${id} (${signal})`)
  tasks.terminate(new Set(here))
  await done
  return ok(here.length === 0 ? 'terminate: tasks unknown' : `terminate: ${here.join(', ')}`)
}

/** As Python shows a set. */
function setText(ids: readonly string[]): string {
  return ids.length === 0 ? 'set()' : `{${ids.map(id => pythonRepr(id)).join(', ')}}`
}
