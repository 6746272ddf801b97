import { types as kinds } from 'node:util'
import { wireKind } from '../brand.js'
import type { EncodedJson } from '../encoded.js'
import { bytesText, codePoints, quoted, quotedBytes, safeQuoted, truncate } from './text.js'
import { scalarText } from './scalars.js'

export interface ReprSettings {
  readonly maxLength: number
  readonly maxLevels: number
  /** Strings as Python's repr() writes them, instead of saferepr's shorter escapes. */
  readonly exact: boolean
}

/** Deepest recursion when `maxLevels` is 0. */
const FLOOR = 200

/**
 * Writes one repr. When the budget is used up, `, ...` stands for the rest, and containers that are open are closed.
 * A container's closing bracket never counts against the budget.
 */
export class ReprWriter {
  readonly #settings: ReprSettings
  readonly #ancestors: object[] = []
  #left: number
  #ended = false
  #out = ''

  constructor(settings: ReprSettings) {
    this.#settings = settings
    this.#left = settings.maxLength
  }

  text(value: unknown): string {
    this.#value(value)
    return this.#out
  }

  tupleText(values: readonly unknown[]): string {
    this.#sequence(values, values, ['(', values.length === 1 ? ',)' : ')'])
    return this.#out
  }

  #value(value: unknown): void {
    if (this.#ended) return
    if (typeof value === 'string') return this.#string(value)
    if (typeof value !== 'object' || value === null) return this.#scalar(scalarText(value))
    try {
      this.#object(value)
    } catch {
      this.#scalar('<Unrepresentable object>')
    }
  }

  #string(value: string): void {
    if (this.#exhausted()) return
    if (this.#settings.exact) return this.#emit(truncate(quoted(value.slice(0, 2 * this.#left)), this.#left))
    this.#emit(safeQuoted(truncate(value, this.#left)))
  }

  #bytes(value: Uint8Array): void {
    if (this.#exhausted()) return
    this.#emit(this.#settings.exact ? truncate(quotedBytes(value), this.#left) : bytesText(value, this.#left))
  }

  #scalar(text: string): void {
    if (!this.#exhausted()) this.#emit(truncate(text, this.#left))
  }

  #object(value: object): void {
    if (Array.isArray(value)) return this.#sequence(value, value, ['[', ']'])
    if (kinds.isUint8Array(value)) return this.#bytes(value)
    if (kinds.isSet(value))
      return value.size === 0 ? this.#scalar('set()') : this.#sequence(value, [...value], ['{', '}'])
    if (kinds.isMap(value)) return this.#mapping(value, [...value])
    if (wireKind(value) === 'json') return this.#scalar((value as EncodedJson).text)
    const scalar = scalarText(value)
    if (scalar !== '') return this.#scalar(scalar)
    const replaced = jsonForm(value)
    return replaced === value ? this.#mapping(value, Object.entries(value)) : this.#value(replaced)
  }

  #sequence(container: object, items: readonly unknown[], [start, end]: readonly [string, string]): void {
    if (!this.#open(container, start, end)) return
    for (let index = 0; index < items.length && !this.#ended; index++) {
      if (index > 0) this.#literal(', ')
      this.#value(items[index])
    }
    this.#close(end)
  }

  #mapping(container: object, entries: readonly (readonly [unknown, unknown])[]): void {
    if (!this.#open(container, '{', '}')) return
    for (let index = 0; index < entries.length && !this.#ended; index++) {
      const [key, value] = entries[index] as readonly [unknown, unknown]
      if (index > 0) this.#literal(', ')
      if (!this.#exhausted()) this.#emit(new ReprWriter({ ...this.#settings, maxLength: this.#left }).text(key))
      this.#literal(': ')
      this.#value(value)
    }
    this.#close('}')
  }

  /** False when there is nothing to fill and to close. */
  #open(container: object, start: string, end: string): boolean {
    const level = this.#ancestors.length
    if (level >= (this.#settings.maxLevels || FLOOR)) {
      this.#literal(`${start}...${end}`)
      return false
    }
    if (this.#ancestors.includes(container)) {
      this.#scalar(`<Recursion on ${start === '{' ? 'dict' : 'list'}>`)
      return false
    }
    this.#literal(start)
    if (this.#ended) return false
    this.#ancestors.push(container)
    return true
  }

  #close(end: string): void {
    this.#ancestors.pop()
    this.#emit(end)
  }

  #literal(text: string): void {
    if (!this.#exhausted()) this.#emit(text)
  }

  /** True when nothing more may be written; says so once. */
  #exhausted(): boolean {
    if (!this.#ended && this.#left <= 0) {
      this.#out += ', ...'
      this.#ended = true
    }
    return this.#ended
  }

  #emit(text: string): void {
    this.#out += text
    if (this.#left !== Number.POSITIVE_INFINITY) this.#left -= codePoints(text)
  }
}

/** What the JSON codec would write in place of an object with a hook. */
function jsonForm(value: object): unknown {
  const { __json__, toJSON } = value as { readonly __json__?: unknown; readonly toJSON?: unknown }
  const hook = typeof __json__ === 'function' ? __json__ : toJSON
  return typeof hook === 'function' ? (hook as () => unknown).call(value) : value
}
