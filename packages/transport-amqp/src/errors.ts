import { toError, UmbelError } from '@umbel/runtime'
import { ConnectionError, TopologyError } from '@umbel/transport'

/** The number that AMQP gives an error: 404, 406 …; undefined for what the server did not say. */
export function replyCode(error: unknown): number | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'number' ? code : undefined
}

export const NOT_FOUND = 404

/** Of a declaration that the server refused. */
export function toTopologyError(thrown: unknown, what: string): Error {
  const error = toError(thrown)
  if (error instanceof UmbelError) return error
  const code = replyCode(error)
  if (code === undefined || code >= 500) return toConnectionError(error)
  return new TopologyError(`${what}: ${reason(error)}`, { cause: error })
}

/** @throws TopologyError with the server's own words, ConnectionError */
export async function attempt(what: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch (thrown) {
    throw toTopologyError(thrown, what)
  }
}

/** Of anything that fails under a connection: it may pass, on another one. */
export function toConnectionError(thrown: unknown, url?: string): ConnectionError {
  const error = toError(thrown)
  if (error instanceof ConnectionError) return error
  return new ConnectionError(`RabbitMQ: ${reason(error)}`, { cause: error, recoverable: true, url })
}

/** The server's own words, without amqplib's in front. */
export function reason(error: Error): string {
  return /"((?:[A-Z_-]+) - .*)"$/s.exec(error.message)?.[1] ?? error.message
}
