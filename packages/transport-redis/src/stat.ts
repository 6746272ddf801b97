import type { QueueStat } from '@umbel/transport'
import type { Redis } from 'ioredis'
import type { Fanout } from './fanout.js'
import { readField } from './fields.js'
import type { Keys } from './keys.js'
import { runAll } from './run-all.js'

export interface StatParts {
  readonly client: Redis
  readonly keys: Keys
  readonly fanout: Fanout
}

/** `unacked` counts what our workers hold: of what Python holds, Redis does not say the queue. */
export async function statQueues(
  { client, keys, fanout }: StatParts,
  queues: readonly string[]
): Promise<readonly QueueStat[]> {
  const pipeline = client.pipeline().zrange(keys.unackedIndex, '0', '-1').zrange(keys.startedIndex, '0', '-1')
  for (const queue of queues) {
    pipeline.zcard(keys.delayed(queue))
    for (const list of keys.allLists(queue)) pipeline.llen(list)
  }
  const [unacked, started, ...counts] = await runAll(pipeline)
  const held = [...(unacked as string[]), ...(started as string[])].map(field => readField(field)?.queue)
  const width = keys.steps.length + 2
  return queues.map((queue, index) => {
    const [delayed = 0, ...lengths] = counts.slice(index * width, (index + 1) * width) as number[]
    const ready = lengths.reduce((sum, length) => sum + length, fanout.count(queue))
    const count = held.filter(name => name === queue).length
    return { queue, ready, delayed, unacked: count, consumers: undefined, oldest: undefined }
  })
}
