import { PublishError } from '@umbel/transport'

const INT32 = 2 ** 31
const INT64 = 2n ** 63n

/**
 * A header table as amqplib is to encode it, so that py-amqp reads what we mean. Left alone amqplib writes 128 to 32767
 * as int16 with the tag `s`, which py-amqp reads as a short string, and -1 as `b`, which it reads as 255.
 * (wire-protocol 4.3)
 * @throws PublishError for what no header can carry
 */
export function writeTable(table: Readonly<Record<string, unknown>>, path = 'headers'): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(table)) {
    if (value === undefined) continue
    if (Buffer.byteLength(name) > 255) throw new PublishError(`${path}: a name is longer than 255 bytes: ${name}`)
    Object.defineProperty(written, name, { value: writeValue(value, `${path}.${name}`), enumerable: true })
  }
  return written
}

function writeValue(value: unknown, path: string): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return writeNumber(value)
    case 'bigint':
      return writeBigInt(value, path)
    case 'object':
      return writeObject(value, path)
    default:
      throw new PublishError(`${path}: a header cannot be a ${typeof value}`)
  }
}

/** `I` within 32 bits; `l` above, which py-amqp takes as unsigned, so a double below. */
function writeNumber(value: number): unknown {
  if (!Number.isSafeInteger(value)) return { '!': 'double', value }
  if (value >= -INT32 && value < INT32) return { '!': 'int32', value }
  return { '!': value > 0 ? 'int64' : 'double', value }
}

function writeBigInt(value: bigint, path: string): unknown {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return writeNumber(number)
  if (value < 0n || value >= INT64) throw new PublishError(`${path}: ${value} is no number that a header can carry`)
  return { '!': 'int64', value }
}

function writeObject(value: object | null, path: string): unknown {
  if (value === null) return null
  if (Array.isArray(value)) return value.map((item, index) => writeValue(item ?? null, `${path}[${index}]`))
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (Object.prototype.toString.call(value) === '[object Date]')
    return { '!': 'timestamp', value: Math.floor((value as Date).getTime() / 1000) }
  // amqplib takes an object with a name `!` for a type of its own: said outright, it is none.
  return { '!': 'object', value: writeTable(value as Record<string, unknown>, path) }
}
