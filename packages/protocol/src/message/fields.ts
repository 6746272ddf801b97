import { InvalidTaskError } from '../exceptions/classes.js'
import { isMapping, shown } from '../shown.js'
import { parseTime } from '../time.js'

/** Reads fields of a task message and says in words which one is wrong. */
export class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields
  }

  get(name: string): unknown {
    return this.#fields[name]
  }

  requiredText(name: string): string {
    const value = this.get(name)
    if (typeof value !== 'string' || value === '') throw this.#wrong(name, 'text', value)
    return value
  }

  text(name: string): string | null {
    const value = this.get(name) ?? null
    if (value !== null && typeof value !== 'string') throw this.#wrong(name, 'text or null', value)
    return value
  }

  integer(name: string): number | null {
    const value = this.get(name) ?? null
    const number = typeof value === 'bigint' ? Number(value) : value
    if (number === null || Number.isSafeInteger(number)) return number as number | null
    throw this.#wrong(name, 'an integer or null', value)
  }

  boolean(name: string): boolean | null {
    const value = this.get(name) ?? null
    if (value !== null && typeof value !== 'boolean') throw this.#wrong(name, 'true, false or null', value)
    return value
  }

  /** ISO 8601 text, checked. */
  time(name: string): string | null {
    const value = this.get(name) ?? null
    if (value === null) return null
    try {
      parseTime(value as string)
    } catch {
      throw this.#wrong(name, 'an ISO 8601 time or null', value)
    }
    return value as string
  }

  timelimit(): readonly [number | null, number | null] {
    const value = this.get('timelimit') ?? [null, null]
    if (!Array.isArray(value) || value.length !== 2 || !value.every(isLimit))
      throw this.#wrong('timelimit', '[hard, soft] in seconds', value)
    return value.map(limit => (limit === undefined ? null : limit)) as [number | null, number | null]
  }

  names(name: string): readonly string[] | null {
    const value = this.get(name) ?? null
    if (value === null) return null
    if (!Array.isArray(value) || !value.every(item => typeof item === 'string'))
      throw this.#wrong(name, 'a list of names or null', value)
    return value
  }

  mapping(name: string): Readonly<Record<string, unknown>> {
    const value = this.get(name) ?? {}
    if (!isMapping(value)) throw this.#wrong(name, 'an object', value)
    return value
  }

  #wrong(name: string, expected: string, value: unknown): InvalidTaskError {
    return new InvalidTaskError(`${this.#subject()}: ${name} must be ${expected}, got ${shown(value)}`)
  }

  #subject(): string {
    const { task, id } = this.#fields
    return `message${typeof task === 'string' ? ` of task ${task}` : ''}${typeof id === 'string' ? ` (${id})` : ''}`
  }
}

function isLimit(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'number' && value >= 0)
}
