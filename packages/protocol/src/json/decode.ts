import { describe } from '@umbel/runtime'
import { DecodeError } from '../errors.js'
import { shown } from '../shown.js'
import { MAX_DEPTH } from './limits.js'
import { JsonParser, type Mapping } from './parser.js'
import { builtInDecoders, type JsonType } from './types.js'

export interface DecodeOptions {
  /** Types of your own, asked before the built-in ones. */
  readonly types?: readonly JsonType[]
}

/** What JSON.parse would read wrongly or not at all; `\u005f` is an underscore that may hide a marker. */
const LONG_NUMBER = /(?<![\d.])\d{16}/
const LONG = 16
const WORDS = ['__type__', '\\u005', '\\u006', '\\u007', 'NaN', 'Infinity']

/**
 * JSON as kombu reads it: tagged types become values, integers beyond 2^53 bigint. (wire-protocol 2.2)
 * @throws DecodeError for text that is not JSON, an unknown type marker, or nesting beyond 800 levels
 */
export function decodeJson(text: string, options: DecodeOptions = {}): unknown {
  try {
    if (!isRisky(text) && !mayBeTooDeep(text)) return JSON.parse(text) as unknown
    const types = options.types ?? []
    return new JsonParser(text, mapping => untag(mapping, types)).parse()
  } catch (thrown) {
    if (thrown instanceof DecodeError) throw thrown
    throw new DecodeError(`cannot be read as JSON: ${thrown instanceof Error ? thrown.message : describe(thrown)}`, {
      cause: thrown
    })
  }
}

/** A fraction of what one expression for all of it takes, and every message comes by here. */
function isRisky(text: string): boolean {
  return WORDS.some(word => text.includes(word)) || (mayHoldLongNumber(text) && LONG_NUMBER.test(text))
}

/** Sixteen digits in a row hold one of every sixteen letters. */
function mayHoldLongNumber(text: string): boolean {
  for (let at = LONG - 1; at < text.length; at += LONG) {
    if (!isDigit(text.charCodeAt(at))) continue
    let [first, last] = [at, at]
    while (isDigit(text.charCodeAt(first - 1))) first--
    while (isDigit(text.charCodeAt(last + 1))) last++
    if (last - first >= LONG - 1) return true
  }
  return false
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function untag(mapping: Mapping, types: readonly JsonType[]): unknown {
  if (!Object.hasOwn(mapping, '__type__') || !Object.hasOwn(mapping, '__value__')) return mapping
  if (Object.keys(mapping).length !== 2) return mapping
  const { __type__: marker, __value__: encoded } = mapping
  const decode = decoderOf(marker, types)
  if (decode === undefined)
    throw new DecodeError(`unknown type marker ${shown(marker)}; known: ${knownMarkers(types).join(', ')}`)
  try {
    return decode(encoded)
  } catch (cause) {
    throw new DecodeError(`not a ${shown(marker)}: ${cause instanceof Error ? cause.message : describe(cause)}`, {
      cause
    })
  }
}

function decoderOf(marker: unknown, types: readonly JsonType[]): ((encoded: unknown) => unknown) | undefined {
  if (typeof marker !== 'string') return undefined
  const type = types.find(candidate => candidate.marker === marker)
  if (type === undefined) return builtInDecoders.get(marker)
  return encoded => (type.decode === undefined ? encoded : type.decode(encoded))
}

function knownMarkers(types: readonly JsonType[]): readonly string[] {
  return [...types.flatMap(type => type.marker ?? []), ...builtInDecoders.keys()]
}

/** JSON.parse knows no limit, and whoever walks what it gives would overflow the stack: our parser counts. */
function mayBeTooDeep(text: string): boolean {
  if (text.length < MAX_DEPTH || countOf('{', text) + countOf('[', text) <= MAX_DEPTH) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return true
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (code === 0x22) at = endOfString(text, at)
  }
  return false
}

/** No more than tells that there are many: to look for one letter is much quicker than to read. */
function countOf(letter: string, text: string): number {
  let count = 0
  for (let at = text.indexOf(letter); at !== -1 && count <= MAX_DEPTH; at = text.indexOf(letter, at + 1)) count++
  return count
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}
