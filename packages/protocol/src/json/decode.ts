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
const RISKY = /NaN|Infinity|__type__|\\u00[567]|(?<![\d.])\d{16}/

/**
 * JSON as kombu reads it: tagged types become values, integers beyond 2^53 bigint. (wire-protocol 2.2)
 * @throws DecodeError for text that is not JSON, an unknown type marker, or nesting beyond 800 levels
 */
export function decodeJson(text: string, options: DecodeOptions = {}): unknown {
  try {
    if (!RISKY.test(text) && !mayBeTooDeep(text)) return JSON.parse(text) as unknown
    const types = options.types ?? []
    return new JsonParser(text, mapping => untag(mapping, types)).parse()
  } catch (thrown) {
    if (thrown instanceof DecodeError) throw thrown
    throw new DecodeError(`cannot be read as JSON: ${thrown instanceof Error ? thrown.message : describe(thrown)}`, {
      cause: thrown
    })
  }
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
  if (text.length < MAX_DEPTH) return false
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
