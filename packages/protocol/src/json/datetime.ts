import { formatTime, parseTime } from '../time.js'

/** What Python's isoformat() writes; other text is not passed on, because old Pythons cannot read it. (trap 30) */
const PYTHON = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?(?:[-+]\d\d:\d\d)?$/

/**
 * A datetime that says more than a Date can hold: microseconds, another zone, or none. Written again unchanged, it
 * keeps them.
 */
class WireDate extends Date {
  readonly #text: string

  constructor(text: string) {
    super(parseTime(text))
    this.#text = text
  }

  static textOf(date: Date): string | undefined {
    return #text in date && parseTime(date.#text) === date.getTime() ? date.#text : undefined
  }
}

/** @throws InvalidTimeError */
export function readDatetime(text: string): Date {
  const time = parseTime(text)
  return PYTHON.test(text) && text !== formatTime(time) ? new WireDate(text) : new Date(time)
}

/** @throws InvalidTimeError for an invalid Date, and outside the years 1 to 9999 */
export function datetimeText(date: Date): string {
  return WireDate.textOf(date) ?? formatTime(date.getTime())
}
