import { isMapping, PROTOCOL_HEADERS, shown } from '@umbel/protocol'
import { suggest } from '@umbel/runtime'
import { InvalidOptionError } from './errors.js'
import * as rule from './option-rules.js'
import { OPTION_NAMES, type SignatureOptionsInput } from './options.js'

const RULES = {
  countdown: rule.seconds,
  eta: rule.moment,
  expires: rule.secondsOrMoment,
  queue: rule.name,
  exchange: rule.text,
  routingKey: rule.text,
  priority: rule.priority,
  serializer: rule.name,
  compression: rule.name,
  deliveryMode: rule.deliveryMode,
  retries: rule.count,
  headers: rule.mapping,
  shadow: rule.text,
  timeLimit: rule.limit,
  softTimeLimit: rule.limit,
  ignoreResult: rule.flag,
  taskId: rule.name,
  rootId: rule.name,
  parentId: rule.name,
  groupId: rule.name,
  groupIndex: rule.count,
  replyTo: rule.text,
  link: rule.anything,
  linkError: rule.anything,
  chord: rule.anything,
  chain: rule.anything,
  replacedTaskNesting: rule.count,
  stampedHeaders: rule.names,
  addToParent: rule.flag,
  properties: rule.mapping
} as const satisfies Readonly<Record<keyof SignatureOptionsInput, rule.OptionRule>>

/** By either spelling. */
const BY_NAME: ReadonlyMap<string, rule.OptionRule> = new Map(
  (Object.keys(RULES) as (keyof typeof RULES)[]).flatMap(key => [
    [key, RULES[key]],
    [key === 'properties' ? key : OPTION_NAMES[key], RULES[key]]
  ])
)

/** Options that only an application reads; a signature carries them there. */
const CARRIED: ReadonlyMap<string, rule.OptionRule> = new Map([
  ['exchange_type', rule.name],
  ['argsrepr', rule.text],
  ['kwargsrepr', rule.text]
])

export interface OptionCheck {
  /** Whose options they are, for the error: `applyAsync`. */
  readonly of: string
  /** More options, or others in the place of canvas's. */
  readonly rules?: ReadonlyMap<string, rule.OptionRule> | undefined
  /** No others than these. */
  readonly only?: ReadonlySet<string> | undefined
  /** Names of stamps beside those in `stampedHeaders`. */
  readonly stamps?: readonly string[] | undefined
}

/**
 * Checks options where they are written, so that a slip is found at its line and not in a worker. null and undefined
 * count as not given.
 * @throws InvalidOptionError naming the option, what was expected and what came
 */
export function checkOptions(options: unknown, check: OptionCheck): void {
  if (options === undefined) return
  if (!isMapping(options)) throw invalid(check, `expected an object of options, got ${shown(options)}`)
  for (const name of Object.keys(options)) checkOption(name, options, check)
  checkLimits(options, check)
}

/** @throws InvalidOptionError */
export function checkArguments(args: unknown, of: string): void {
  if (!Array.isArray(args)) throw invalid({ of }, `args: expected a list of arguments, got ${shown(args)}`)
}

/** null and undefined count as none. @throws InvalidOptionError */
export function checkKeywords(kwargs: unknown, of: string): void {
  if (kwargs === undefined || kwargs === null || isMapping(kwargs)) return
  throw invalid({ of }, `option 'kwargs': expected an object of names and values, got ${shown(kwargs)}`)
}

type Options = Readonly<Record<string, unknown>>

function checkOption(name: string, options: Options, check: OptionCheck): void {
  const value = options[name]
  const known = check.rules?.get(name) ?? BY_NAME.get(name) ?? CARRIED.get(name)
  if (known === undefined || check.only?.has(name) === false) return refuseUnknown(name, options, check)
  if (value === undefined || value === null) return
  if (!known.fits(value)) throw invalid(check, `option '${name}': expected ${known.expected}, got ${shown(value)}`)
  if (name === 'headers') refuseProtocolHeaders(value as Options, check)
  if (name === 'properties') refuseOptions(value as Options, check)
}

/** They stand among the options on the wire. */
function refuseOptions(properties: Options, check: OptionCheck): void {
  const option = Object.keys(properties).find(name => BY_NAME.has(name) || CARRIED.has(name))
  if (option !== undefined) throw invalid(check, `option 'properties': '${option}' is an option, set it as one`)
}

/** A header of the protocol's would make another message of it. (wire-protocol 1.2) */
function refuseProtocolHeaders(headers: Options, check: OptionCheck): void {
  const taken = Object.keys(headers).find(header => PROTOCOL_HEADERS.has(header))
  if (taken === undefined) return
  throw invalid(check, `option 'headers': '${taken}' is a header of the protocol, choose another name`)
}

function refuseUnknown(name: string, options: Options, check: OptionCheck): void {
  const stamps = [...listed(options['stampedHeaders']), ...listed(options['stamped_headers']), ...(check.stamps ?? [])]
  if (stamps.includes(name)) return
  const nearest = suggest(name, check.only ?? [...(check.rules?.keys() ?? []), ...Object.keys(RULES)])
  throw invalid(check, `no option '${name}'${nearest === undefined ? '' : `, did you mean '${nearest}'?`}`)
}

/** As in Celery: a soft limit after the hard one would never be felt. */
function checkLimits(options: Options, check: OptionCheck): void {
  const { timeLimit: hard, softTimeLimit: soft } = options
  if (typeof hard !== 'number' || typeof soft !== 'number' || hard === 0 || soft <= hard) return
  throw invalid(check, `option 'softTimeLimit': expected at most timeLimit (${hard}), got ${soft}`)
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function invalid({ of }: OptionCheck, problem: string): InvalidOptionError {
  return new InvalidOptionError(`${of}: ${problem}`)
}
