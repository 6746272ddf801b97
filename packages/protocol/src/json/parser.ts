import { MAX_DEPTH, MAX_DIGITS } from './limits.js'

export type Mapping = Record<string, unknown>

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y
const LITERALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY]
])

/**
 * Python's dialect of JSON: bare NaN and Infinity, integers of any size (bigint beyond 2^53). `hook` sees every
 * object, inner ones first, and answers what stands in its place.
 */
export class JsonParser {
  readonly #text: string
  readonly #hook: (mapping: Mapping) => unknown
  #at = 0

  constructor(text: string, hook: (mapping: Mapping) => unknown) {
    this.#text = text
    this.#hook = hook
  }

  /** @throws SyntaxError */
  parse(): unknown {
    const value = this.#value(0)
    this.#skip()
    if (this.#at < this.#text.length) this.#fail('more after the end')
    return value
  }

  #value(depth: number): unknown {
    this.#skip()
    const first = this.#text[this.#at]
    if (first === '"') return this.#string()
    if (first === '{') return this.#mapping(this.#deeper(depth))
    if (first === '[') return this.#array(this.#deeper(depth))
    const word = this.#word()
    return word === undefined ? this.#number() : LITERALS.get(word)
  }

  #deeper(depth: number): number {
    if (depth >= MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`)
    return depth + 1
  }

  #mapping(depth: number): unknown {
    const mapping: Mapping = {}
    this.#at++
    if (this.#take('}')) return this.#hook(mapping)
    do {
      this.#skip()
      const key = this.#text[this.#at] === '"' ? this.#string() : this.#fail('expected a key')
      if (!this.#take(':')) this.#fail('expected ":"')
      put(mapping, key, this.#value(depth))
    } while (this.#take(','))
    if (!this.#take('}')) this.#fail('expected "," or "}"')
    return this.#hook(mapping)
  }

  #array(depth: number): unknown[] {
    const values: unknown[] = []
    this.#at++
    if (this.#take(']')) return values
    do values.push(this.#value(depth))
    while (this.#take(','))
    if (!this.#take(']')) this.#fail('expected "," or "]"')
    return values
  }

  #string(): string {
    const start = this.#at
    let end = this.#text.indexOf('"', start + 1)
    while (end !== -1 && this.#escaped(end)) end = this.#text.indexOf('"', end + 1)
    if (end === -1) this.#fail('unterminated string')
    this.#at = end + 1
    return JSON.parse(this.#text.slice(start, end + 1)) as string
  }

  #escaped(quote: number): boolean {
    let backslashes = 0
    while (this.#text[quote - 1 - backslashes] === '\\') backslashes++
    return backslashes % 2 === 1
  }

  #word(): string | undefined {
    for (const word of LITERALS.keys())
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return word
      }
    return undefined
  }

  #number(): unknown {
    NUMBER.lastIndex = this.#at
    const match = NUMBER.exec(this.#text)
    if (match === null) return this.#fail('unexpected')
    this.#at += match[0].length
    const value = Number(match[0])
    if (match[1] !== undefined || match[2] !== undefined || Number.isSafeInteger(value)) return value
    if (match[0].length - (value < 0 ? 1 : 0) > MAX_DIGITS) this.#fail(`an integer of more than ${MAX_DIGITS} digits`)
    return BigInt(match[0])
  }

  #take(character: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #skip(): void {
    SPACE.lastIndex = this.#at
    SPACE.exec(this.#text)
    this.#at = SPACE.lastIndex
  }

  #fail(problem: string): never {
    const found = this.#text.slice(this.#at, this.#at + 12)
    throw new SyntaxError(
      `${problem} at character ${this.#at}${found === '' ? ' (the end)' : `: ${JSON.stringify(found)}`}`
    )
  }
}

/** Like JSON.parse, a key `__proto__` is a key like any other. */
function put(mapping: Mapping, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(mapping, key, { value, writable: true, enumerable: true, configurable: true })
  else mapping[key] = value
}
