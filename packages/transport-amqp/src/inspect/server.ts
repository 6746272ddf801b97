import type { ChannelModel } from 'amqplib'

export type Version = readonly [major: number, minor: number, patch: number]

export function serverVersion(model: ChannelModel): Version {
  const { version } = model.connection.serverProperties as { readonly version?: unknown }
  const [major = 0, minor = 0, patch = 0] = (typeof version === 'string' ? version : '')
    .split('.')
    .map(part => Number.parseInt(part, 10) || 0)
  return [major, minor, patch]
}

/**
 * Seconds that a consumer may hold a message before RabbitMQ ends its channel and gives the message to another, where
 * nobody has set it otherwise: AMQP does not tell the setting. (consumer_timeout)
 */
export function defaultConsumerTimeout([major, minor, patch]: Version): number | undefined {
  const release = (major * 100 + minor) * 100 + patch
  if (release < 30_815) return undefined
  return release < 30_817 ? 15 * 60 : 30 * 60
}
