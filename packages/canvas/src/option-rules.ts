import { isMapping, parseTime } from '@umbel/protocol'

/** What a value must be, in words and as a test. */
export interface OptionRule {
  readonly expected: string
  readonly fits: (value: unknown) => boolean
}

/** Python's least number of seconds: below it Celery's clients raise. (wire-protocol 1.6) */
const LEAST_SECONDS = -2147483648
const MAX_PRIORITY = 255

export const text: OptionRule = { expected: 'text', fits: value => typeof value === 'string' }
export const name: OptionRule = { expected: 'text that is not empty', fits: value => text.fits(value) && value !== '' }
export const flag: OptionRule = { expected: 'true or false', fits: value => typeof value === 'boolean' }
export const mapping: OptionRule = { expected: 'an object of names and values', fits: isMapping }
export const names: OptionRule = { expected: 'a list of names', fits: value => isListOf(value, text.fits) }
/** canvas reads it anyway, and says where in it something is wrong. */
export const anything: OptionRule = { expected: 'a signature', fits: () => true }
export const count: OptionRule = {
  expected: 'a whole number from 0 on',
  fits: value => Number.isSafeInteger(value) && (value as number) >= 0
}
export const priority: OptionRule = {
  expected: `a whole number from 0 to ${MAX_PRIORITY}`,
  fits: value => count.fits(value) && (value as number) <= MAX_PRIORITY
}
export const deliveryMode: OptionRule = {
  expected: '1 (transient) or 2 (persistent)',
  fits: value => value === 1 || value === 2
}
export const seconds: OptionRule = { expected: 'seconds as a finite number, or a Duration', fits: isSpan }
export const limit: OptionRule = {
  expected: 'seconds as a finite number from 0 on, or a Duration',
  fits: value => isSpan(value) && secondsOf(value) >= 0
}
export const moment: OptionRule = { expected: 'a Date, a DateTime or ISO 8601 text', fits: isMoment }
export const secondsOrMoment: OptionRule = {
  expected: 'seconds as a finite number, a Duration, a Date, a DateTime or ISO 8601 text',
  fits: value => isSpan(value) || isMoment(value)
}

function isSpan(value: unknown): boolean {
  const span = secondsOf(value)
  return Number.isFinite(span) && span >= LEAST_SECONDS
}

/** NaN for what is no number and no Duration; a DateTime has milliseconds too, but is none. */
function secondsOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (!hasMethod(value, 'toMillis') || 'toJSDate' in value) return Number.NaN
  const milliseconds = value.toMillis()
  return typeof milliseconds === 'number' ? milliseconds / 1000 : Number.NaN
}

function isMoment(value: unknown): boolean {
  if (typeof value === 'string') return isTimeText(value)
  if (hasMethod(value, 'toJSDate')) return isTime(value.toJSDate())
  return isTime(value)
}

/** By its method: a Date of another realm is one too. */
function isTime(value: unknown): boolean {
  return hasMethod(value, 'getTime') && Number.isFinite(value.getTime())
}

function isTimeText(value: string): boolean {
  try {
    return Number.isFinite(parseTime(value))
  } catch {
    return false
  }
}

function hasMethod<K extends string>(value: unknown, key: K): value is Record<K, () => unknown> {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[key] === 'function'
}

function isListOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits)
}
