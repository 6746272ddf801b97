import type { SignatureData } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import { bodyOf, kindOf, membersOf } from './data.js'
import type { Dispatcher, TaskSend } from './dispatcher.js'
import { InvalidSignatureError } from './errors.js'
import { freeze } from './freeze.js'
import { prepend } from './merge.js'
import { resultOf } from './results.js'
import { SettledHandle } from './settled-handle.js'

/** Runs a canvas in this process, one task after the other, and gives its value. */
export async function runLocally(data: SignatureData, dispatcher: Dispatcher): Promise<unknown> {
  const frozen = freeze(data, dispatcher)
  return frozen === undefined ? undefined : await run(frozen, dispatcher)
}

/** As `runLocally`, with the outcome as a handle: a failure is its state. (celery.canvas.Signature.apply) */
export async function applyLocally(data: SignatureData, dispatcher: Dispatcher): Promise<SettledHandle<unknown>> {
  const frozen = freeze(data, dispatcher)
  if (frozen === undefined) return new SettledHandle<unknown>(dispatcher.newId(), undefined, 'SUCCESS')
  const [[id]] = resultOf(frozen)
  try {
    return new SettledHandle<unknown>(id, await run(frozen, dispatcher), 'SUCCESS')
  } catch (thrown) {
    return new SettledHandle<unknown>(id, toError(thrown), 'FAILURE')
  }
}

async function run(data: SignatureData, dispatcher: Dispatcher): Promise<unknown> {
  switch (kindOf(data)) {
    case 'chain':
      return await runChain(membersOf(data), dispatcher)
    case 'group':
      return await runAll(membersOf(data), dispatcher)
    case 'chord':
      return await run(prepend(bodyOf(data), [await runAll(membersOf(data), dispatcher)]), dispatcher)
    default:
      return await runTask(data, dispatcher)
  }
}

async function runChain([first, ...rest]: readonly SignatureData[], dispatcher: Dispatcher): Promise<unknown> {
  let value = first === undefined ? undefined : await run(first, dispatcher)
  for (const step of rest) value = await run(prepend(step, [value]), dispatcher)
  return value
}

async function runAll(members: readonly SignatureData[], dispatcher: Dispatcher): Promise<unknown[]> {
  const values: unknown[] = []
  for (const member of members) values.push(await run(member, dispatcher))
  return values
}

async function runTask({ task, args, kwargs, options }: SignatureData, dispatcher: Dispatcher): Promise<unknown> {
  if (dispatcher.runLocally === undefined)
    throw new InvalidSignatureError(`${task} cannot run here: its application has no tasks of its own`)
  return await dispatcher.runLocally({ task, args, kwargs, options: options as TaskSend['options'] })
}
