import { formatTime, parseTime, readFields } from '../time.js'

/**
 * Protocol 1 says with `utc: false` that times without an offset are local: gives them their offset. Everywhere else
 * such times are UTC.
 */
export function withZone(fields: Readonly<Record<string, unknown>>, utc: unknown): Readonly<Record<string, unknown>> {
  if (utc !== false) return fields
  return { ...fields, eta: localTime(fields['eta']), expires: localTime(fields['expires']) }
}

function localTime(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const read = readFields(value)
  if (read === undefined || read.offset !== undefined) return value
  const wall = new Date(parseTime(value))
  const offset = -new Date(
    wall.getUTCFullYear(),
    wall.getUTCMonth(),
    wall.getUTCDate(),
    wall.getUTCHours(),
    wall.getUTCMinutes()
  ).getTimezoneOffset()
  return formatTime(wall.getTime() - offset * 60_000, { offset })
}
