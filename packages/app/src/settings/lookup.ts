import { suggest } from '@umbel/runtime'
import { toCamel, toSnake } from './names.js'
import { NAMED_SETTINGS, type NamedSetting } from './table.js'

/** How a setting was spelled. */
export interface Spelling {
  readonly setting: NamedSetting
  readonly style: 'camel' | 'snake' | 'old'
}

const SPELLINGS: ReadonlyMap<string, Spelling> = new Map(NAMED_SETTINGS.flatMap(spellingsOf))

/** The setting of that name, in any of its three spellings. */
export function lookUp(name: string): Spelling | undefined {
  return SPELLINGS.get(name)
}

/** The nearest known name, spelled as the unknown one is. */
export function nearestSetting(name: string): string | undefined {
  if (/^[A-Z0-9_]+$/.test(name)) {
    return (
      suggest(
        name,
        NAMED_SETTINGS.flatMap(setting => setting.oldNames)
      ) ?? suggest(name.toLowerCase(), namesOf())
    )
  }
  const nearest = suggest(toSnake(name), namesOf())
  return nearest === undefined || name.includes('_') ? nearest : toCamel(nearest)
}

export function describeUnknownSetting(name: string): string {
  const nearest = nearestSetting(name)
  return `unknown setting ${name}${nearest === undefined ? '' : `, did you mean ${nearest}?`}`
}

function namesOf(): readonly string[] {
  return NAMED_SETTINGS.map(setting => setting.name)
}

function spellingsOf(setting: NamedSetting): readonly (readonly [string, Spelling])[] {
  return [
    ...setting.oldNames.map(name => [name, { setting, style: 'old' }] as const),
    [setting.camel, { setting, style: 'camel' }],
    [setting.name, { setting, style: 'snake' }]
  ]
}
