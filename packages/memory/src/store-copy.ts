import { types } from 'node:util'
import type { Message } from '@umbel/protocol'
import { PublishError } from '@umbel/transport'

/**
 * A message that shares nothing with the given one, as if it had gone over a wire.
 * @throws PublishError for a header or property that no broker could carry, naming its path
 */
export function copyMessage(message: Message): Message {
  return {
    headers: copyFields(message.headers, 'headers'),
    properties: copyFields(message.properties, 'properties'),
    body: new Uint8Array(message.body)
  }
}

function copyFields<T extends object>(fields: T, path: string): T {
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    copy[name] = typeof value === 'string' || typeof value === 'number' ? value : copyValue(value, `${path}.${name}`)
  }
  return copy as T
}

function copyValue(value: unknown, path: string): unknown {
  if (typeof value === 'function' || typeof value === 'symbol')
    throw new PublishError(`${path} is a ${typeof value} and cannot be sent`)
  if (typeof value !== 'object' || value === null) return value
  if (path.length > 10_000) throw new PublishError(`${path.slice(0, 60)}… is nested too deeply or circular`)
  if (Array.isArray(value)) return value.map((item, index) => copyValue(item, `${path}[${index}]`))
  if (types.isDate(value)) return new Date(value.getTime())
  if (types.isUint8Array(value)) return new Uint8Array(value)
  return copyFields(value, path)
}
