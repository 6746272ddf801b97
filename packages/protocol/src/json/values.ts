import { WIRE } from '../brand.js'
import { InvalidTimeError } from '../errors.js'
import { shown } from '../shown.js'
import { readClock, readFields } from '../time.js'

const DECIMAL = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?|s?nan\d*)$/i

/** Python's decimal.Decimal: its text is kept to the digit. */
export class Decimal {
  readonly text: string

  /** @throws RangeError for text that is no decimal number */
  constructor(text: string) {
    if (!DECIMAL.test(text)) throw new RangeError(`expected a decimal number, got ${shown(text)}`)
    this.text = text
  }

  get [WIRE](): 'decimal' {
    return 'decimal'
  }

  /** The nearest number; digits may be lost. */
  toNumber(): number {
    return Number(this.text.replace(/^([-+]?)inf(?:inity)?$/i, '$1Infinity'))
  }

  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }
}

/** Python's uuid.UUID. */
export class Uuid {
  /** 32 lower-case hex digits. */
  readonly hex: string

  /** @throws RangeError unless the text is 32 hex digits, dashed or not */
  constructor(text: string) {
    const hex = text.replace(/^urn:uuid:|[-{}]/gi, '').toLowerCase()
    if (!/^[0-9a-f]{32}$/.test(hex)) throw new RangeError(`expected a UUID, got ${shown(text)}`)
    this.hex = hex
  }

  get [WIRE](): 'uuid' {
    return 'uuid'
  }

  toString(): string {
    return this.hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Python's datetime.date: a day without time or zone. */
export class PlainDate {
  readonly year: number
  readonly month: number
  readonly day: number

  /** @throws InvalidTimeError for a day that no calendar has */
  constructor(year: number, month: number, day: number) {
    this.year = year
    this.month = month
    this.day = day
    if (readFields(this.toString()) === undefined) throw new InvalidTimeError(`there is no day ${this.toString()}`)
  }

  /** @throws InvalidTimeError */
  static parse(text: string): PlainDate {
    const fields = readFields(text)
    if (fields === undefined) throw new InvalidTimeError(`expected an ISO 8601 date, got ${shown(text)}`)
    const day = new Date(fields.wall)
    return new PlainDate(day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate())
  }

  get [WIRE](): 'date' {
    return 'date'
  }

  toString(): string {
    return `${pad(this.year, 4)}-${pad(this.month, 2)}-${pad(this.day, 2)}`
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Python's datetime.time: a time of day, with or without an offset. */
export class PlainTime {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly microsecond: number
  /** As written, `+02:00`; empty for a naive time. */
  readonly offset: string

  /** @throws InvalidTimeError unless the text is an ISO 8601 time of day */
  constructor(text: string) {
    const match = /^(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?(|[Zz]|[-+].+)$/.exec(text)
    if (match === null || match[1] === '24' || readClock(text) === undefined)
      throw new InvalidTimeError(`expected an ISO 8601 time of day, got ${shown(text)}`)
    this.hour = Number(match[1])
    this.minute = Number(match[2] ?? 0)
    this.second = Number(match[3] ?? 0)
    this.microsecond = Number((match[4] ?? '').padEnd(6, '0').slice(0, 6))
    this.offset = /^z$/i.test(match[5] ?? '') ? '+00:00' : (match[5] ?? '')
  }

  get [WIRE](): 'time' {
    return 'time'
  }

  toString(): string {
    const fraction = this.microsecond === 0 ? '' : `.${pad(this.microsecond, 6)}`
    return `${pad(this.hour, 2)}:${pad(this.minute, 2)}:${pad(this.second, 2)}${fraction}${this.offset}`
  }

  toJSON(): string {
    return this.toString()
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
