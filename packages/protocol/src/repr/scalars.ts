import { types as kinds } from 'node:util'
import { wireKind } from '../brand.js'
import { floatText } from '../json/numbers.js'
import type { Decimal, PlainDate, PlainTime, Uuid } from '../json/values.js'
import { quoted } from './text.js'

/** Python's text for a value without parts; the empty string for containers. */
export function scalarText(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return numberRepr(value)
    case 'bigint':
      return value.toString()
    case 'boolean':
      return value ? 'True' : 'False'
    case 'undefined':
      return 'None'
    case 'function':
      return `<function ${value.name || 'anonymous'}>`
    case 'symbol':
      return `<${String(value)}>`
    default:
      return value === null ? 'None' : objectRepr(value as object)
  }
}

function numberRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value).toString() : floatText(value)
}

function objectRepr(value: object): string {
  if (kinds.isDate(value)) return datetimeRepr(value)
  if (kinds.isNativeError(value)) return `${value.name}(${value.message === '' ? '' : quoted(value.message)})`
  if (kinds.isPromise(value)) return '<Promise>'
  if (kinds.isBoxedPrimitive(value)) return String(value.valueOf())
  switch (wireKind(value)) {
    case 'decimal':
      return `Decimal('${(value as Decimal).text}')`
    case 'uuid':
      return `UUID('${(value as Uuid).toString()}')`
    case 'date': {
      const { year, month, day } = value as PlainDate
      return `datetime.date(${year}, ${month}, ${day})`
    }
    case 'time':
      return timeRepr(value as PlainTime)
    default:
      return ''
  }
}

function datetimeRepr(date: Date): string {
  if (Number.isNaN(date.getTime())) return '<invalid Date>'
  const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  const micros = date.getUTCMilliseconds() * 1000
  const clock = clockParts([date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), micros])
  return `datetime.datetime(${[...day, ...clock].join(', ')}, tzinfo=datetime.timezone.utc)`
}

function timeRepr(time: PlainTime): string {
  const parts = clockParts([time.hour, time.minute, time.second, time.microsecond])
  return `datetime.time(${parts.join(', ')}${time.offset === '' ? '' : `, tzinfo=${time.offset}`})`
}

/** Python leaves out microseconds of zero, and then seconds of zero. */
function clockParts(parts: readonly [number, number, number, number]): readonly number[] {
  if (parts[3] !== 0) return parts
  return parts[2] === 0 ? parts.slice(0, 2) : parts.slice(0, 3)
}
