import { InvalidTimeError } from './errors.js'
import { shown } from './shown.js'

export interface FormatTimeOptions {
  /** Minutes east of UTC. Default 0. */
  readonly offset?: number
}

const MINUTE = 60_000
const FIRST = Date.parse('0001-01-01T00:00:00Z')
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * Milliseconds since the epoch as Python's isoformat() writes an aware datetime: six fraction digits or none, and
 * `+00:00`, never `Z`. (wire-protocol 1.6, trap 30)
 * @throws InvalidTimeError outside the years 1 to 9999, which Python cannot read
 */
export function formatTime(milliseconds: number, options: FormatTimeOptions = {}): string {
  const offset = options.offset ?? 0
  const micros = Math.round((milliseconds - Math.floor(milliseconds)) * 1000)
  const local = Math.floor(milliseconds) + (micros === 1000 ? 1 : 0) + offset * MINUTE
  if (!(local >= FIRST && local <= LAST))
    throw new InvalidTimeError(`time ${milliseconds} ms is outside the years 1 to 9999`)
  const text = new Date(local).toISOString()
  const fraction = text.slice(20, 23) + String(micros % 1000).padStart(3, '0')
  return text.slice(0, 19) + (fraction === '000000' ? '' : `.${fraction}`) + formatOffset(offset)
}

function formatOffset(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${sign}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}

/**
 * ISO 8601 text as milliseconds since the epoch, as tolerant as Python's dateutil: `Z`, `+0000`, `+02`, any
 * separator, the basic format, a comma, more than six fraction digits. Text without an offset is UTC. Parts of a
 * millisecond are dropped.
 * @throws InvalidTimeError
 */
export function parseTime(text: string): number {
  const fields = typeof text === 'string' ? readFields(text) : undefined
  if (fields === undefined) throw new InvalidTimeError(`expected an ISO 8601 time, got ${shown(text)}`)
  return fields.wall - (fields.offset ?? 0) * 1000
}

export interface TimeFields {
  /** Milliseconds since the epoch as if the wall clock showed UTC. */
  readonly wall: number
  /** Seconds east of UTC; undefined for naive text. */
  readonly offset: number | undefined
}

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?|(\d\d)(\d\d))?/
const TIME = /^(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?/
const OFFSET = /^(?:[Zz]|([-+])(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.\d+)?)?)?)$/

/** The parts of ISO 8601 text, or undefined when it is none. */
export function readFields(text: string): TimeFields | undefined {
  const date = DATE.exec(text)
  if (date === null) return undefined
  const day = dayOf(date)
  if (day === undefined) return undefined
  const rest = text.slice(date[0].length)
  if (rest === '') return { wall: day, offset: undefined }
  if (/^\d/.test(rest)) return undefined
  const clock = readClock(rest.slice(1))
  return clock && { wall: day + clock.time, offset: clock.offset }
}

function dayOf([, year, month, day, basicMonth, basicDay]: RegExpExecArray): number | undefined {
  const [y, m, d] = [Number(year), Number(month ?? basicMonth ?? 1), Number(day ?? basicDay ?? 1)]
  const date = new Date(0)
  date.setUTCFullYear(y, m - 1, d)
  return y >= 1 && date.getUTCMonth() === m - 1 && date.getUTCDate() === d ? date.getTime() : undefined
}

/** A wall-clock time in milliseconds, with its offset. */
export function readClock(text: string): { readonly time: number; readonly offset: number | undefined } | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [hour, minute, second] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)]
  const millis = Number((match[4] ?? '').padEnd(3, '0').slice(0, 3))
  const midnight = hour === 24 && minute + second + millis === 0
  if ((hour > 23 && !midnight) || minute > 59 || second > 59) return undefined
  const offset = readOffset(text.slice(match[0].length))
  return offset && { time: ((hour * 60 + minute) * 60 + second) * 1000 + millis, offset: offset.seconds }
}

function readOffset(text: string): { readonly seconds: number | undefined } | undefined {
  if (text === '') return { seconds: undefined }
  const match = OFFSET.exec(text)
  if (match === null) return undefined
  if (match[1] === undefined) return { seconds: 0 }
  const [hours, minutes, seconds] = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  return { seconds: (match[1] === '-' ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds) }
}
