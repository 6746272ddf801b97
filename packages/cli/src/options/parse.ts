import { suggest } from '@umbel/runtime'
import { Parser } from 'yargs/helpers'
import { UsageError } from '../errors.js'
import { type LaterOption, namesOf, type Option, spell } from './option.js'

export interface ParseOptions {
  /** Stop at the first word that is no option: what follows is the command and its own. */
  readonly halt?: boolean
  readonly later?: readonly LaterOption[]
  /** Who has these options, for errors: `umbel worker`. */
  readonly owner: string
}

export interface Parsed {
  /** Texts by long name; a flag's is 'true'. */
  readonly given: ReadonlyMap<string, string>
  /** Words that are no options. */
  readonly operands: readonly string[]
  /** With `halt`: the rest of the line. Else what stands behind `--`. */
  readonly rest: readonly string[]
}

const CONFIGURATION = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'populate--': true,
  'strip-aliased': true
}

/** @throws UsageError for an option that is unknown, not built yet or lacks its value */
export function parseWords(words: readonly string[], options: readonly Option[], how: ParseOptions): Parsed {
  const joined = joinValues(words, options, how.halt ?? false)
  const argv = Parser([...joined], {
    configuration: { ...CONFIGURATION, 'halt-at-non-option': how.halt ?? false },
    alias: Object.fromEntries(options.map(option => [option.name, namesOf(option).slice(1)])),
    boolean: options.filter(({ flag }) => flag).map(({ name }) => name),
    string: options.filter(({ flag }) => !flag).map(({ name }) => name)
  })
  const { _: operands, '--': rest = [], ...given } = argv
  for (const name of Object.keys(given))
    if (!options.some(option => option.name === name)) throw refusal(name, options, how)
  return {
    given: new Map(Object.entries(given).map(([name, value]) => [name, String(value)])),
    operands: operands.map(String),
    rest: (rest as readonly unknown[]).map(String)
  }
}

/** `-lINFO` and `-l INFO` become `--loglevel=INFO`, whatever the value looks like. */
function joinValues(words: readonly string[], options: readonly Option[], halt: boolean): readonly string[] {
  const joined: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--' || (halt && !word.startsWith('-'))) return [...joined, ...words.slice(index)]
    const option = options.find(candidate => !candidate.flag && starts(word, candidate))
    if (option === undefined || word.startsWith(`--${option.name}=`)) joined.push(word)
    else if (isBare(word, option)) joined.push(`--${option.name}=${valueAfter(words, index++, option)}`)
    else joined.push(`--${option.name}=${valueIn(word)}`)
  }
  return joined
}

/** Is the word this option, alone or with its value? */
function starts(word: string, option: Option): boolean {
  if (isBare(word, option)) return true
  if (!word.startsWith('--')) return option.short !== undefined && word.startsWith(`-${option.short}`)
  return [option.name, ...(option.aliases ?? [])].some(name => word.startsWith(`--${name}=`))
}

function isBare(word: string, { name, short, aliases = [] }: Option): boolean {
  return word === `-${short}` || [name, ...aliases].some(each => word === `--${each}`)
}

function valueAfter(words: readonly string[], index: number, option: Option): string {
  const value = words[index + 1]
  if (value === undefined) throw new UsageError(`option ${spell(option)} needs a value`)
  return value
}

function valueIn(word: string): string {
  return word.startsWith('--') ? word.slice(word.indexOf('=') + 1) : word.slice(2).replace(/^=/, '')
}

function refusal(name: string, options: readonly Option[], { later = [], owner }: ParseOptions): UsageError {
  const dashed = name.length === 1 ? `-${name}` : `--${name}`
  const known = later.find(option => namesOf(option).includes(name))
  if (known !== undefined) {
    const instead = known.instead === undefined ? '' : `; ${known.instead}`
    return new UsageError(`${owner}: option ${spell(known)} is not built yet in this version of Umbel${instead}`)
  }
  const near = name.length === 1 ? undefined : suggest(name, [...options, ...later].flatMap(namesOf))
  return new UsageError(
    `${owner}: there is no option ${dashed}${near === undefined ? `; see ${owner} --help` : `, did you mean --${near}?`}`
  )
}
