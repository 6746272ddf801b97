import { InvalidOptionError } from '@umbel/canvas'
import type { SignatureOptions } from '@umbel/protocol'
import { textFlaw } from '@umbel/runtime'
import type { Routed } from './route.js'

/** Refuses names that a store would lose on the way. @throws InvalidOptionError naming the option */
export function checkNames(
  { task_id: taskId }: SignatureOptions,
  { exchange, routingKey, topology, options }: Routed
): void {
  check('taskId', taskId)
  check('groupId', options.group_id)
  for (const { name } of topology?.queues ?? []) check('queue', name)
  check('exchange', exchange)
  check('routingKey', routingKey)
}

function check(option: string, name: unknown): void {
  const flaw = typeof name === 'string' ? textFlaw(name) : undefined
  if (flaw !== undefined) throw new InvalidOptionError(`${option}: expected text that every store keeps, got ${flaw}`)
}
