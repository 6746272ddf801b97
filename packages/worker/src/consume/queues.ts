import type { QueueDefinition } from '@umbel/app'
import type { AppServices } from '@umbel/app/execution'
import { ImproperlyConfigured } from '@umbel/protocol'
import type { ConsumeOptions, Topology } from '@umbel/transport'
import type { WorkerSettings } from '../settings.js'

export interface ConsumedQueues {
  readonly queues: readonly string[]
  readonly topology: Topology
  /** By queue, of those that have any. */
  readonly consumerArguments: NonNullable<ConsumeOptions['consumerArguments']>
}

/**
 * The queues that a worker consumes, and what must be declared for them; `direct` is its own. (-Q, -X, worker_direct)
 * @throws ImproperlyConfigured when none is left: such a worker would say that it is ready, and never work
 */
export function consumedQueues(
  router: ReturnType<AppServices['router']>,
  settings: Pick<WorkerSettings, 'queues' | 'excludeQueues'>,
  direct?: QueueDefinition
): ConsumedQueues {
  const { queues } = router
  if (settings.queues.length > 0) queues.select(settings.queues)
  if (settings.excludeQueues.length > 0) queues.deselect(settings.excludeQueues)
  if (direct !== undefined) queues.selectAdd(direct)
  const consumed = [...queues.consumeFrom.values()]
  if (consumed.length === 0) throw nothingLeft(settings)
  const topologies = consumed.flatMap(({ topology }) => (topology === undefined ? [] : [topology]))
  return {
    queues: consumed.map(({ name }) => name),
    consumerArguments: Object.fromEntries(
      consumed.flatMap(({ name, consumerArguments: given }) => (given === undefined ? [] : [[name, given]]))
    ),
    topology: {
      exchanges: topologies.flatMap(({ exchanges = [] }) => exchanges),
      queues: topologies.flatMap(({ queues: declared = [] }) => declared),
      bindings: topologies.flatMap(({ bindings = [] }) => bindings)
    }
  }
}

function nothingLeft({
  queues,
  excludeQueues
}: Pick<WorkerSettings, 'queues' | 'excludeQueues'>): ImproperlyConfigured {
  const asked = queues.length === 0 ? 'the configured ones' : queues.join(', ')
  return new ImproperlyConfigured(
    `no queue is left to consume from: excludeQueues (${excludeQueues.join(', ')}) takes all of ${asked}`
  )
}
