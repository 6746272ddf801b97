import { types as kinds } from 'node:util'
import type * as Yaml from 'yaml'
import { wireKind } from '../brand.js'
import { DecodeError } from '../errors.js'
import { PlainDate } from '../json/values.js'
import { parseTime } from '../time.js'
import type { Serializer } from '../serializer.js'
import { optionalPackage } from './library.js'
import { plainValue, withNumbers } from './plain.js'

const library = optionalPackage<typeof Yaml>('the serializer yaml', 'yaml')

/** More aliases than this are an attack, not a document. */
const MOST_ALIASES = 100

/** PyYAML takes more for something else than a text (`=` is an error, `<<` a merge): no text goes without quotes. */
const QUOTED = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' } as const

/** YAML 1.1 as PyYAML's safe_dump and safe_load have it. Needs the package `yaml`. (wire-protocol 2.1) */
export const yamlSerializer: Serializer = {
  name: 'yaml',
  contentType: 'application/x-yaml',
  contentEncoding: 'utf-8',
  encode(value) {
    const plain = plainValue(value, special)
    const layout = { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 } as const
    return Buffer.from(library().stringify(plain, { ...layout, ...QUOTED, customTags: forPython }), 'utf8')
  },
  decode(body) {
    const { parse } = library()
    const limits = { intAsBigInt: true, maxAliasCount: MOST_ALIASES, logLevel: 'error' } as const
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
      return withNumbers(parse(text, { version: '1.1', ...limits, customTags: asInPython }))
    } catch (cause) {
      throw new DecodeError('the body is no YAML', { cause })
    }
  }
}

function special(value: object): { readonly as: unknown } | string {
  if (kinds.isDate(value) || kinds.isUint8Array(value) || wireKind(value) === 'date') return { as: value }
  return `${value.constructor.name} has no YAML form; pass text`
}

const MERGE = 'tag:yaml.org,2002:merge'
const BOOL = 'tag:yaml.org,2002:bool'
/** What PyYAML takes for a number, and so what it writes without quotes when it is none: `1e3` and `-.5`. */
const NUMBERS: Readonly<Record<string, string>> = {
  'tag:yaml.org,2002:float':
    '[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+][0-9]+)?|\\.[0-9][0-9_]*([eE][-+][0-9]+)?|' +
    '[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)',
  'tag:yaml.org,2002:int':
    '[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+'
}
const TIMESTAMP = 'tag:yaml.org,2002:timestamp'

/** Nothing of ours is a merge, and the text `<<` is a text. */
function forPython(tags: Yaml.Tags): Yaml.Tags {
  return asInPython(tags).filter(tag => tag !== 'merge' && (typeof tag !== 'object' || tag.tag !== MERGE))
}

/** Where PyYAML differs from YAML 1.1: `y`, `n` and `1e3` are texts; a day is no point in time, at midnight neither. */
function asInPython(tags: Yaml.Tags): Yaml.Tags {
  return tags.map(tag => {
    if (typeof tag !== 'object') return tag
    if (tag.tag === BOOL) return onlyIf(tag as Yaml.ScalarTag, '(?![YyNn]$)')
    const number = NUMBERS[tag.tag]
    if (number !== undefined) return pointed(onlyIf(tag as Yaml.ScalarTag, `(?=^(?:${number})$)`))
    return tag.tag === TIMESTAMP ? timestamp(tag as Yaml.ScalarTag) : tag
  })
}

function onlyIf(tag: Yaml.ScalarTag, condition: string): Yaml.ScalarTag {
  const { test } = tag
  return test === undefined ? tag : { ...tag, test: new RegExp(`${condition}${test.source}`) }
}

/** A number with an exponent and no point is a text for PyYAML: `1.0e-7`. */
function pointed(tag: Yaml.ScalarTag): Yaml.ScalarTag {
  const { stringify } = tag
  if (stringify === undefined) return tag
  return { ...tag, stringify: (...given) => stringify(...given).replace(/^(-?\d+)e/i, '$1.0e') }
}

function timestamp(tag: Yaml.ScalarTag): Yaml.ScalarTag {
  return {
    ...tag,
    identify: value =>
      kinds.isDate(value) || (typeof value === 'object' && value !== null && wireKind(value) === 'date'),
    resolve: (text, onError, options) => {
      if (/^\d{4}-\d\d-\d\d$/.test(text)) return PlainDate.parse(text)
      // The library takes the first century for the twentieth.
      return text.startsWith('00') ? new Date(parseTime(text)) : tag.resolve(text, onError, options)
    },
    stringify: ({ value }) => (kinds.isDate(value) ? value.toISOString().replace('Z', '+00:00') : String(value))
  }
}
