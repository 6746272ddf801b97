/** A table's fields, without its length, in the dialect that RabbitMQ and py-amqp share. Never shares memory with `bytes`. */
export function readTable(bytes: Buffer): Record<string, unknown> {
  const reader = new Reader(bytes)
  const table: Record<string, unknown> = {}
  while (!reader.atEnd) {
    const name = reader.text(reader.byte())
    const value = reader.value()
    Object.defineProperty(table, name, { value, enumerable: true, writable: true, configurable: true })
  }
  return table
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#move(1))
  }

  text(length: number): string {
    const start = this.#move(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  value(): unknown {
    const tag = String.fromCharCode(this.byte())
    const read = READERS[tag]
    if (read === undefined) throw new TypeError(`a header has a value of the unknown type "${tag}"`)
    return read(this)
  }

  take(): Buffer {
    const length = this.number(4, 'readUInt32BE')
    const start = this.#move(length)
    return this.#bytes.subarray(start, start + length)
  }

  list(): unknown[] {
    const reader = new Reader(this.take())
    const list: unknown[] = []
    while (!reader.atEnd) list.push(reader.value())
    return list
  }

  number(size: number, method: NumberMethod): number {
    return this.#bytes[method](this.#move(size))
  }

  /** A bigint where a number would lose digits. */
  whole(method: 'readBigInt64BE' | 'readBigUInt64BE'): number | bigint {
    const value = this.#bytes[method](this.#move(8))
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }

  decimal(): number {
    const places = this.byte()
    return this.number(4, 'readInt32BE') / 10 ** places
  }

  #move(length: number): number {
    const start = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('a header ends in the middle')
    return start
  }
}

type NumberMethod =
  | 'readInt8'
  | 'readUInt8'
  | 'readInt16BE'
  | 'readUInt16BE'
  | 'readInt32BE'
  | 'readUInt32BE'
  | 'readFloatBE'
  | 'readDoubleBE'

/** RabbitMQ's tags, and `L` and `U` as py-amqp writes them. */
const READERS: Readonly<Record<string, (reader: Reader) => unknown>> = {
  S: reader => reader.take().toString('utf8'),
  x: reader => new Uint8Array(reader.take()),
  t: reader => reader.byte() !== 0,
  b: reader => reader.number(1, 'readInt8'),
  B: reader => reader.number(1, 'readUInt8'),
  s: reader => reader.number(2, 'readInt16BE'),
  U: reader => reader.number(2, 'readInt16BE'),
  u: reader => reader.number(2, 'readUInt16BE'),
  I: reader => reader.number(4, 'readInt32BE'),
  i: reader => reader.number(4, 'readUInt32BE'),
  l: reader => reader.whole('readBigInt64BE'),
  L: reader => reader.whole('readBigInt64BE'),
  f: reader => reader.number(4, 'readFloatBE'),
  d: reader => reader.number(8, 'readDoubleBE'),
  D: reader => reader.decimal(),
  T: reader => new Date(Number(reader.whole('readBigUInt64BE')) * 1000),
  F: reader => readTable(reader.take()),
  A: reader => reader.list(),
  V: () => null
}
