import { EncodeError } from '../errors.js'
import { decodeJson } from '../json/decode.js'
import { encodeJson } from '../json/encode.js'
import { segment } from '../json/path.js'
import { isMapping } from '../shown.js'

/** What a serializer makes of bytes, dates and the package's value classes; a text says why it cannot. */
export type WriteSpecial = (value: object) => { readonly as: unknown } | string

/**
 * A value as mappings, lists, texts, numbers and what `special` allows, for serializers without hooks of their own. It
 * goes through JSON, so that `toJSON`, signatures and results that are text already come out as everywhere else.
 * @throws EncodeError naming the path of what cannot be written
 */
export function plainValue(value: unknown, special: WriteSpecial): unknown {
  return convert(decodeJson(encodeJson(value)), '', special)
}

function convert(value: unknown, path: string, special: WriteSpecial): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, index) => convert(item, `${path}[${index}]`, special))
  if (isMapping(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, convert(item, path + segment(key), special)])
    )
  const written = special(value)
  if (typeof written === 'string') throw new EncodeError(path.replace(/^\./, ''), written)
  return written.as
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
