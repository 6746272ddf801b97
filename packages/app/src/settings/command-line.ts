import { ImproperlyConfigured } from '@umbel/protocol'
import type { Cast } from './kinds.js'
import { describeUnknownSetting, lookUp } from './lookup.js'

/**
 * Settings from `name=value` words: `worker.concurrency=4`, `worker_concurrency=4`, `.concurrency=4` in the given
 * namespace, `name=(json)[1, 2]` with a type of its own. (BaseLoader.cmdline_config_parser)
 * @throws ImproperlyConfigured naming the word that cannot be read
 */
export function parseCommandLine(words: readonly string[], namespace = 'celery'): Readonly<Record<string, unknown>> {
  return Object.fromEntries(words.map(word => parsePair(word, namespace)))
}

function parsePair(word: string, namespace: string): readonly [string, unknown] {
  const equals = word.indexOf('=')
  if (equals < 1) throw new ImproperlyConfigured(`'${word}' must be name=value, such as worker.concurrency=4`)
  const name = nameOf(word.slice(0, equals), namespace)
  const spelling = lookUp(name)
  if (spelling === undefined) throw new ImproperlyConfigured(`'${word}': ${describeUnknownSetting(name)}`)
  const [, type, typed] = /^\((\w+)\)([\s\S]*)$/.exec(word.slice(equals + 1)) ?? []
  if (type === undefined) return [name, cast(word, spelling.setting.kind.cast, word.slice(equals + 1))]
  return [name, cast(word, castNamed(word, type), typed ?? '')]
}

function nameOf(key: string, namespace: string): string {
  if (lookUp(key) !== undefined) return key
  const path = key.replaceAll('.', '_').toLowerCase()
  return path.startsWith('_') ? `${namespace.toLowerCase()}${path}` : path
}

const CASTS: Readonly<Record<string, Cast>> = {
  string: 'string',
  str: 'string',
  any: 'string',
  int: 'int',
  float: 'float',
  bool: 'bool',
  json: 'json',
  dict: 'json',
  list: 'json',
  tuple: 'json'
}

function castNamed(word: string, type: string): Cast {
  const found = CASTS[type]
  if (found !== undefined) return found
  throw new ImproperlyConfigured(`'${word}': unknown type (${type}), known are ${Object.keys(CASTS).join(', ')}`)
}

const TRUTH: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false
}

function cast(word: string, type: Cast, text: string): unknown {
  const value = { string: asText, int: asNumber, float: asNumber, bool: asTruth, json: asJson }[type](text)
  if (value === undefined || (type === 'int' && !Number.isInteger(value))) {
    throw new ImproperlyConfigured(`'${word}': ${JSON.stringify(text)} is no ${type}`)
  }
  return value
}

function asText(text: string): string {
  return text
}

function asNumber(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const number = Number(text)
  return text.trim() === '' || Number.isNaN(number) ? undefined : number
}

function asTruth(text: string): boolean | undefined {
  return TRUTH[text.toLowerCase()]
}

/** Lists and mappings as JSON; a plain word stands for itself. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return /^[[{"]/.test(text) ? undefined : text
  }
}
