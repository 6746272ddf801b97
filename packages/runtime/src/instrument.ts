import { type Channel, channel } from 'node:diagnostics_channel'

/** Every channel of `node:diagnostics_channel` that Umbel publishes on; log lines, task events and metrics subscribe. */
export const CHANNELS = [
  'umbel.service.started',
  'umbel.service.stopped',
  'umbel.connection.opened',
  'umbel.connection.closed',
  'umbel.message.published',
  'umbel.message.delivered',
  'umbel.message.settled',
  'umbel.result.stored',
  'umbel.join.completed',
  'umbel.task.sent',
  'umbel.task.received',
  'umbel.task.started',
  'umbel.task.succeeded',
  'umbel.task.failed',
  'umbel.task.retried',
  'umbel.task.revoked',
  'umbel.task.rejected',
  'umbel.executor.started',
  'umbel.executor.ended'
] as const

export type ChannelName = (typeof CHANNELS)[number]

const channels = Object.fromEntries(CHANNELS.map(name => [name, channel(name)])) as Readonly<
  Record<ChannelName, Channel>
>

/** Publishes to whoever listens; without a subscriber `payload` is not even called. */
export function instrument(name: ChannelName, payload: () => object): void {
  const target = channels[name]
  if (target.hasSubscribers) target.publish(payload())
}
