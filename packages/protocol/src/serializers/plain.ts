import { EncodeError } from '../errors.js'
import { decodeJson } from '../json/decode.js'
import { encodeJson } from '../json/encode.js'
import { segment } from '../json/path.js'
import { isMapping } from '../shown.js'

/** What a serializer makes of bytes, dates and the package's value classes; a text says why it cannot. */
export type WriteSpecial = (value: object) => { readonly as: unknown } | string

/** Says why a key cannot be written, or nothing where it can. */
export type RefuseKey = (key: string) => string | undefined

/**
 * A value as mappings, lists, texts, numbers and what `special` allows, for serializers without hooks of their own. It
 * goes through JSON, so that `toJSON`, signatures and results that are text already come out as everywhere else.
 * @throws EncodeError naming the path of what cannot be written
 */
export function plainValue(value: unknown, special: WriteSpecial, refuseKey?: RefuseKey): unknown {
  return convert(decodeJson(encodeJson(value)), '')

  function convert(item: unknown, path: string): unknown {
    if (typeof item !== 'object' || item === null) return item
    if (Array.isArray(item)) return item.map((each, index) => convert(each, `${path}[${index}]`))
    if (isMapping(item)) return Object.fromEntries(Object.entries(item).map(entry => convertEntry(entry, path)))
    const written = special(item)
    if (typeof written === 'string') throw cannotWrite(path, written)
    return written.as
  }

  function convertEntry([key, item]: [string, unknown], path: string): [string, unknown] {
    const within = path + segment(key)
    const refusal = refuseKey?.(key)
    if (refusal !== undefined) throw cannotWrite(within, refusal)
    return [key, convert(item, within)]
  }
}

function cannotWrite(path: string, why: string): EncodeError {
  return new EncodeError(path.replace(/^\./, ''), why)
}

/** Integers that a number holds exactly as numbers; others stay bigints, so that no digit is lost. */
export function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (Array.isArray(value)) return value.map(withNumbers)
  if (!isMapping(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNumbers(item)]))
}
