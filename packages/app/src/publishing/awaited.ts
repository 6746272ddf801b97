import type { TaskSend } from '@umbel/canvas'
import type { SignatureData } from '@umbel/protocol'

/** The ids of a task and of all that follows from it as far as that is known: their results go where its result goes. */
export function awaitedIds({ options }: TaskSend): readonly string[] {
  return [options.task_id, ...listed(options.chain).flatMap(idsOf), ...listed(options.link).flatMap(idsOf)]
}

function idsOf(signature: SignatureData): readonly string[] {
  const { options, kwargs } = signature
  const inner = [options.chain, options.link, kwargs['tasks'], kwargs['header'], kwargs['body']]
  const own = typeof options.task_id === 'string' ? [options.task_id] : []
  return [...own, ...inner.flatMap(part => listed(part).flatMap(idsOf))]
}

function listed(value: unknown): readonly SignatureData[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter(isSignature)
}

function isSignature(value: unknown): value is SignatureData {
  return typeof value === 'object' && value !== null && 'options' in value && 'kwargs' in value
}
