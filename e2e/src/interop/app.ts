import { Umbel } from 'umbel'

/** The application of these tests, as we have it; e2e/python/config.py is its twin. All of it comes from the environment. */
export function createApp(): Umbel {
  const isAmqp = variable('INTEROP_BROKER').startsWith('amqp')
  return new Umbel('interop', {
    broker: variable('INTEROP_BROKER'),
    backend: variable('INTEROP_BACKEND'),
    taskQueues: queues(isAmqp),
    taskDefaultQueue: ownQueue(),
    ...(isAmqp ? { taskQueueMaxPriority: 10 } : {}),
    controlExchange: variable('INTEROP_PREFIX'),
    taskProtocol: process.env['INTEROP_PROTOCOL'] === '1' ? 1 : 2,
    taskTrackStarted: true,
    resultExtended: true,
    resultExpires: 600,
    acceptContent: ['json', 'yaml', 'msgpack'],
    resultAcceptContent: ['json']
  })
}

/** Of the environment. @throws Error where it is missing */
export function variable(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

function queues(isAmqp: boolean) {
  const own = ownQueue()
  const more = isAmqp ? { maxPriority: 10 } : {}
  const topics = { name: `${own}.topics`, type: 'topic' as const }
  return [
    { name: own, exchange: own, routingKey: own, ...more },
    { name: `${own}.topical`, exchange: topics, routingKey: `${own}.#`, ...more }
  ]
}

/** Whose queue tasks go to that name none: the other language's for a client, its own for a worker. */
function ownQueue(): string {
  return `${variable('INTEROP_PREFIX')}.${variable('INTEROP_SERVED_BY')}`
}
