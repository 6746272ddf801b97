import { isUtf8 } from 'node:buffer'
import { types as kinds } from 'node:util'
import { describe, NonErrorThrown, toError } from '@umbel/runtime'
import { wireKind } from '../brand.js'
import type { EncodedJson } from '../encoded.js'
import { EncodeError } from '../errors.js'
import { locateCycle } from './cycle.js'
import { datetimeText } from './datetime.js'
import { MAX_DEPTH, MAX_DIGITS } from './limits.js'
import { numberText } from './numbers.js'
import { segment } from './path.js'
import { stringText } from './strings.js'
import type { JsonType } from './types.js'
import type { Decimal, PlainDate, PlainTime, Uuid } from './values.js'

export interface EncodeOptions {
  /** Types of your own, asked before the built-in ones. */
  readonly types?: readonly JsonType[]
  /** What the value is called in errors: `args`. Default: the empty string. */
  readonly path?: string
}

/**
 * A value as the JSON that kombu writes: Python's separators, ASCII only, tagged types for Date, bytes and the
 * package's value classes. (wire-protocol 2.2)
 * @throws EncodeError naming the path of what cannot be written
 */
export function encodeJson(value: unknown, options: EncodeOptions = {}): string {
  try {
    return new JsonWriter(options.types ?? []).write(value, 0)
  } catch (thrown) {
    throw encodeError(thrown, value, options.path ?? '')
  }
}

/** Thrown inside the writer; segments are put in front while it passes the containers. */
class Unwritable {
  readonly reason: string
  readonly cause: unknown
  path = ''

  constructor(reason: string, cause?: unknown) {
    this.reason = reason
    this.cause = cause
  }
}

class TooDeep extends Unwritable {}

function encodeError(thrown: unknown, value: unknown, root: string): EncodeError {
  const { reason, cause, path } = asUnwritable(thrown)
  if (thrown instanceof TooDeep) {
    const cycle = locateCycle(value)
    if (cycle !== undefined) return new EncodeError(join(root, cycle), 'it contains itself')
    return new EncodeError(root, `it is nested deeper than ${MAX_DEPTH} levels`)
  }
  return new EncodeError(join(root, path), reason, { cause })
}

function asUnwritable(thrown: unknown): Unwritable {
  if (thrown instanceof Unwritable) return thrown
  return thrown instanceof EncodeError ? refused(thrown) : new Unwritable(`it threw ${threw(thrown)}`, thrown)
}

/** A hook that says itself what is wrong, and where. */
function refused({ reason, path, cause }: EncodeError): Unwritable {
  const unwritable = new Unwritable(reason, cause)
  unwritable.path = path === '' || path.startsWith('[') ? path : `.${path}`
  return unwritable
}

/** An error by its own words: to say `object: Error: …` of it would wrap them twice. */
function threw(thrown: unknown): string {
  const error = toError(thrown)
  return error instanceof NonErrorThrown ? describe(thrown) : `${error.name}: ${error.message}`
}

function join(root: string, path: string): string {
  return root === '' ? path.replace(/^\./, '') : root + path
}

class JsonWriter {
  readonly #types: readonly JsonType[]

  constructor(types: readonly JsonType[]) {
    this.#types = types
  }

  write(value: unknown, depth: number): string {
    switch (typeof value) {
      case 'string':
        return stringText(value)
      case 'number':
        return numberOf(value)
      case 'boolean':
        return value ? 'true' : 'false'
      case 'bigint':
        return integerOf(value)
      case 'undefined':
        return 'null'
      case 'object':
        return value === null ? 'null' : this.#object(value, depth)
      default:
        throw new Unwritable(`a ${typeof value} has no JSON form`)
    }
  }

  #object(value: object, depth: number): string {
    if (depth >= MAX_DEPTH) throw new TooDeep('')
    for (const type of this.#types) if (type.matches(value)) return this.#custom(type, value, depth)
    if (Array.isArray(value)) return this.#array(value, depth)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) {
      const special = specialText(value)
      if (special !== undefined) return special
    }
    const hook = hookOf(value)
    return hook === undefined ? this.#mapping(value, depth) : this.write(hook.call(value), depth + 1)
  }

  #custom(type: JsonType, value: object, depth: number): string {
    const encoded = this.write(type.encode(value), depth + 1)
    return type.marker === null ? encoded : tagged(type.marker, encoded)
  }

  #array(values: readonly unknown[], depth: number): string {
    let index = 0
    try {
      let text = ''
      for (; index < values.length; index++) text += (index === 0 ? '' : ', ') + this.write(values[index], depth + 1)
      return `[${text}]`
    } catch (thrown) {
      throw within(thrown, `[${index}]`)
    }
  }

  #mapping(value: object, depth: number): string {
    let at = ''
    let text = ''
    let count = 0
    try {
      for (const key of Object.keys(value)) {
        at = key
        const item: unknown = (value as Record<string, unknown>)[key]
        if (item === undefined) continue
        text += `${count++ === 0 ? '' : ', '}${stringText(key)}: ${this.write(item, depth + 1)}`
      }
    } catch (thrown) {
      throw within(thrown, segment(at))
    }
    if (count === 2 && isMarked(value)) throw new Unwritable(MARKED)
    return `{${text}}`
  }
}

const MARKED =
  'an object of exactly __type__ and __value__ would be read as a tagged type; register a JSON type instead'

function isMarked(value: object): boolean {
  return Object.hasOwn(value, '__type__') && Object.hasOwn(value, '__value__')
}

function within(thrown: unknown, segmentText: string): Unwritable {
  const failure = asUnwritable(thrown)
  if (!(failure instanceof TooDeep)) failure.path = segmentText + failure.path
  return failure
}

function numberOf(value: number): string {
  const result = numberText(value)
  if ('reason' in result) throw new Unwritable(result.reason)
  return result.text
}

function integerOf(value: bigint): string {
  const text = value.toString()
  if (text.length - (value < 0n ? 1 : 0) > MAX_DIGITS)
    throw new Unwritable(`an integer of more than ${MAX_DIGITS} digits cannot be read by Python`)
  return text
}

function hookOf(value: object): (() => unknown) | undefined {
  const { __json__, toJSON } = value as { readonly __json__?: unknown; readonly toJSON?: unknown }
  if (typeof __json__ === 'function') return __json__ as () => unknown
  return typeof toJSON === 'function' ? (toJSON as () => unknown) : undefined
}

/** The text of an object that is not a mapping; undefined for one that is. */
function specialText(value: object): string | undefined {
  const kind = wireKind(value)
  if (kind === 'json') return (value as EncodedJson).text
  if (kind === 'uuid') return tagged('uuid', `{"hex": "${(value as Uuid).hex}"}`)
  if (kind !== undefined) return tagged(kind, stringText((value as Decimal | PlainDate | PlainTime).toString()))
  if (kinds.isDate(value)) return tagged('datetime', `"${datetimeText(value)}"`)
  if (kinds.isUint8Array(value)) return bytesText(value)
  if (kinds.isBoxedPrimitive(value)) return new JsonWriter([]).write(value.valueOf(), 0)
  const refusal = refusalOf(value)
  if (refusal !== undefined) throw new Unwritable(refusal)
  return undefined
}

function tagged(marker: string, encoded: string): string {
  return `{"__type__": ${stringText(marker)}, "__value__": ${encoded}}`
}

function bytesText(value: Uint8Array): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return isUtf8(bytes)
    ? tagged('bytes', stringText(bytes.toString('utf8')))
    : tagged('base64', `"${bytes.toString('base64')}"`)
}

/** JSON.stringify makes `{}` of these, and their content is lost without a word. */
function refusalOf(value: object): string | undefined {
  if (kinds.isPromise(value)) return 'a Promise has no JSON form; await it first'
  if (kinds.isMap(value) || kinds.isSet(value)) return 'a Map or Set has no JSON form; use an object or an array'
  if (hookOf(value) !== undefined) return undefined
  if (kinds.isNativeError(value)) return 'an Error has no JSON form; pass its message'
  if (ArrayBuffer.isView(value) || kinds.isAnyArrayBuffer(value))
    return 'only Uint8Array holds bytes; use Array.from for other typed arrays'
  if (kinds.isRegExp(value) || kinds.isWeakMap(value) || kinds.isWeakSet(value) || kinds.isProxy(value))
    return 'it has no JSON form'
  return undefined
}
