import { suggest, toError } from '@umbel/runtime'
import { UsageError } from '../errors.js'

export function readText(text: string): string {
  if (text === '') throw new UsageError('expected a text, got an empty one')
  return text
}

export function readFlag(text: string): boolean {
  const value = {
    '': true,
    '1': true,
    true: true,
    yes: true,
    on: true,
    '0': false,
    false: false,
    no: false,
    off: false
  }[text.toLowerCase()]
  if (value === undefined) throw new UsageError(`expected true or false, got '${text}'`)
  return value
}

export function readWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`expected a whole number, got '${text}'`)
  return Number(text)
}

/** Seconds, zero excluded. */
export function readDuration(text: string): number {
  const seconds = readNumber(text)
  if (seconds <= 0) throw new UsageError(`expected seconds above 0, got '${text}'`)
  return seconds
}

export function readNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new UsageError(`expected a number, got '${text}'`)
  return value
}

/** `hipri,lopri` */
export function readList(text: string): readonly string[] {
  const items = text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
  if (items.length === 0) throw new UsageError(`expected names with commas between them, got '${text}'`)
  return items
}

/** Any letter case. `aliases` are further spellings of a choice. */
export function readChoice<T extends string>(
  choices: readonly T[],
  aliases: Readonly<Record<string, T>> = {}
): (text: string) => T {
  return text => {
    const wanted = text.toLowerCase()
    const found =
      choices.find(choice => choice === wanted) ?? (Object.hasOwn(aliases, wanted) ? aliases[wanted] : undefined)
    if (found !== undefined) return found
    const near = suggest(wanted, choices)
    throw new UsageError(
      `expected one of ${choices.join(', ')}, got '${text}'${near === undefined ? '' : `; did you mean ${near}?`}`
    )
  }
}

export function readJsonArray(text: string): readonly unknown[] {
  const value = parseJson(text, '[2, 2]')
  if (!Array.isArray(value)) throw new UsageError(`expected a JSON array such as [2, 2], got ${text}`)
  return value
}

export function readJsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text, '{"y": 2}')
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`expected a JSON object such as {"y": 2}, got ${text}`)
  return value as Readonly<Record<string, unknown>>
}

/** ISO 8601, handed on as written, so that milliseconds and offset are kept. */
export function readTime(text: string): string {
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i.test(text) || isNoDate(text))
    throw new UsageError(`expected a time such as 2026-11-21T09:30:00+01:00, got '${text}'`)
  return text
}

/** A time, or seconds from now. */
export function readTimeOrSeconds(text: string): string | number {
  return /^-?[\d.]+$/.test(text) ? readNumber(text) : readTime(text)
}

function parseJson(text: string, example: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new UsageError(`expected JSON such as ${example}, got ${text} (${toError(thrown).message})`, {
      cause: thrown
    })
  }
}

function isNoDate(text: string): boolean {
  return Number.isNaN(Date.parse(text.slice(0, 10)))
}
