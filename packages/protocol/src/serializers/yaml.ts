import { types as kinds } from 'node:util'
import type * as Yaml from 'yaml'
import { wireKind } from '../brand.js'
import { DecodeError } from '../errors.js'
import { PlainDate } from '../json/values.js'
import type { Serializer } from '../serializer.js'
import { optionalPackage } from './library.js'
import { plainValue, withNumbers } from './plain.js'

const library = optionalPackage<typeof Yaml>('the serializer yaml', 'yaml')

/** More aliases than this are an attack, not a document. */
const MOST_ALIASES = 100

/** YAML 1.1 as PyYAML's safe_dump and safe_load have it. Needs the package `yaml`. (wire-protocol 2.1) */
export const yamlSerializer: Serializer = {
  name: 'yaml',
  contentType: 'application/x-yaml',
  contentEncoding: 'utf-8',
  encode(value) {
    const plain = plainValue(value, special)
    const layout = { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 } as const
    return Buffer.from(library().stringify(plain, { ...layout, customTags: asInPython }), 'utf8')
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

const BOOL = 'tag:yaml.org,2002:bool'
const TIMESTAMP = 'tag:yaml.org,2002:timestamp'

/** Where PyYAML differs from YAML 1.1: `y` and `n` are texts; a day is no point in time, at midnight neither. */
function asInPython(tags: Yaml.Tags): Yaml.Tags {
  return tags.map(tag => {
    if (typeof tag !== 'object') return tag
    if (tag.tag === BOOL) return withoutLetters(tag as Yaml.ScalarTag)
    return tag.tag === TIMESTAMP ? timestamp(tag as Yaml.ScalarTag) : tag
  })
}

function withoutLetters(bool: Yaml.ScalarTag): Yaml.ScalarTag {
  const { test } = bool
  if (test === undefined) return bool
  return { ...bool, test: new RegExp(`(?![YyNn]$)${test.source}`) }
}

function timestamp(tag: Yaml.ScalarTag): Yaml.ScalarTag {
  return {
    ...tag,
    identify: value =>
      kinds.isDate(value) || (typeof value === 'object' && value !== null && wireKind(value) === 'date'),
    resolve: (text, onError, options) =>
      /^\d{4}-\d\d-\d\d$/.test(text) ? PlainDate.parse(text) : tag.resolve(text, onError, options),
    stringify: ({ value }) => (kinds.isDate(value) ? value.toISOString().replace('Z', '+00:00') : String(value))
  }
}
