import { inspect } from 'node:util'
import { censor } from './censor.js'
import { ImproperlyConfigured } from '@umbel/protocol'
import { freezeTop } from './freeze.js'
import { describeUnknownSetting, lookUp, type Spelling } from './lookup.js'
import { readNamespace } from './namespace.js'
import { refuseMixture } from './spelling.js'
import type { NamedSetting, SettingName } from './table.js'

/** Where settings come from: an object, a module, the environment … */
export interface Layer {
  /** Names the source in errors: 'umbel.config.ts'. */
  readonly source: string
  readonly values: Readonly<Record<string, unknown>>
  /** Only names that start with this prefix count, and they are new names. (A-19) */
  readonly namespace?: string | undefined
}

/** A layer that was checked: values by lower-case name. */
export interface CheckedLayer {
  readonly source: string
  readonly values: ReadonlyMap<SettingName, unknown>
  /** Spellings of Celery 3 that were used, and what they are called now. */
  readonly renamed: ReadonlyMap<string, SettingName>
}

interface Entry extends Spelling {
  readonly key: string
  readonly value: unknown
}

/**
 * Reads one source of settings: understands the names, checks each value.
 * @throws ImproperlyConfigured naming every unknown name, wrong value and setting that is not built yet
 */
export function checkLayer(layer: Layer): CheckedLayer {
  const problems: string[] = []
  const entries = entriesOf(layer, problems)
  if (layer.namespace === undefined) refuseMixture(layer.source, entries)
  const values = new Map<SettingName, unknown>()
  for (const entry of newestLast(entries)) {
    const outcome = readValue(entry)
    if ('problem' in outcome) problems.push(outcome.problem)
    else values.set(entry.setting.name, outcome.value)
  }
  if (problems.length > 0) throw new ImproperlyConfigured(reportProblems(layer.source, problems))
  const renamed = entries.filter(entry => entry.style === 'old').map(entry => [entry.key, entry.setting.name] as const)
  return { source: layer.source, values, renamed: new Map(renamed) }
}

function entriesOf(layer: Layer, problems: string[]): readonly Entry[] {
  const pairs = layer.namespace === undefined ? plainPairs(layer.values) : readNamespace(layer.namespace, layer.values)
  const entries: Entry[] = []
  for (const { key, name, value } of pairs) {
    const spelling = lookUp(name)
    if (spelling === undefined) problems.push(describeUnknown(key, name))
    else entries.push({ key, value, ...spelling })
  }
  problems.push(...describeDoubles(entries))
  return entries
}

/** `undefined` counts as not given, names that start with `_` are the module's own. */
function plainPairs(
  values: Layer['values']
): readonly { readonly key: string; readonly name: string; readonly value: unknown }[] {
  return Object.entries(values)
    .filter(([key, value]) => value !== undefined && !key.startsWith('_'))
    .map(([key, value]) => ({ key, name: key, value }))
}

/** Variables of Celery's init scripts: they stand beside the settings in people's files, and are none. */
const DAEMON_VARIABLES =
  /^(CELERYD_(NODES|OPTS|CHDIR|USER|GROUP|MULTI|LOG_LEVEL)|CELERYBEAT_(OPTS|CHDIR|USER|GROUP)|CELERY_(APP|BIN|CREATE_DIRS|CREATE_RUNDIR|CREATE_LOGDIR)|CELERYCTL)$/

function describeUnknown(key: string, name: string): string {
  if (DAEMON_VARIABLES.test(key)) {
    return `${key} is no setting but a variable of the daemon's environment file, and has no effect here`
  }
  return key === name ? describeUnknownSetting(name) : `${key}: ${describeUnknownSetting(name)}`
}

function describeDoubles(entries: readonly Entry[]): readonly string[] {
  const seen = new Map<string, string>()
  const problems: string[] = []
  for (const { key, setting, style } of entries) {
    const slot = `${style === 'old' ? 'old' : 'new'} ${setting.name}`
    const other = seen.get(slot)
    if (other !== undefined) problems.push(`${other} and ${key} are the same setting, give one of them`)
    seen.set(slot, key)
  }
  return problems
}

/** Where a setting is given under its old and its new name, the new one counts. */
function newestLast(entries: readonly Entry[]): readonly Entry[] {
  return [...entries.filter(entry => entry.style === 'old'), ...entries.filter(entry => entry.style !== 'old')]
}

function readValue({ key, setting, value }: Entry): { readonly value: unknown } | { readonly problem: string } {
  const parsed = setting.kind.schema.safeParse(value)
  if (!parsed.success) return { problem: describeWrong(key, setting, { value, issues: parsed.error.issues }) }
  if (setting.status === 'later' && !isDefault(setting, parsed.data)) return { problem: describeLater(key, setting) }
  return { value: freezeTop(parsed.data) }
}

interface Wrong {
  readonly value: unknown
  readonly issues: readonly { readonly code: string; readonly message: string; readonly path: readonly PropertyKey[] }[]
}

function describeWrong(key: string, setting: NamedSetting, { value, issues }: Wrong): string {
  const detail = issues.find(issue => issue.code === 'custom' && issue.message !== 'Invalid input')?.message
  const got = inspect(censor(setting.name, value), { depth: 2, breakLength: Number.POSITIVE_INFINITY })
  const sentence = `${key} must be ${setting.kind.expected}, got ${got.length > 200 ? `${got.slice(0, 200)}…` : got}`
  return detail === undefined ? sentence : `${sentence}: ${detail}`
}

function describeLater(key: string, setting: NamedSetting): string {
  const when = setting.part === undefined ? 'is not planned yet' : `comes with part ${setting.part}`
  const otherwise = setting.default === undefined ? 'leave it unset' : `leave it at ${inspect(setting.default)}`
  return `${key} is not built yet (it ${when}), so it would be ignored: ${otherwise}`
}

function isDefault(setting: NamedSetting, value: unknown): boolean {
  return inspect(value, { depth: 5, sorted: true }) === inspect(setting.default, { depth: 5, sorted: true })
}

function reportProblems(source: string, problems: readonly string[]): string {
  const [first = '', ...others] = problems
  return others.length === 0
    ? `${source}: ${first}`
    : `${source}:\n${problems.map(problem => `  - ${problem}`).join('\n')}`
}
