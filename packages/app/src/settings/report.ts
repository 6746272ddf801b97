import { inspect } from 'node:util'
import { censorMapping } from './censor.js'
import type { CheckedLayer } from './layer.js'
import { lookUp } from './lookup.js'
import { NAMED_SETTINGS } from './table.js'

export interface TableOptions {
  /** Also what has its default. @default false */
  readonly withDefaults?: boolean
  /** Hide secrets. @default true */
  readonly censored?: boolean
}

type Values = Readonly<Record<string, unknown>>

/** Settings by Celery's lower-case names, in the order of the table. */
export function settingsTable(settings: Values, { censored = true }: TableOptions = {}): Values {
  const entries = NAMED_SETTINGS.filter(({ camel }) => camel in settings).map(({ name, camel }) => [
    name,
    settings[camel]
  ])
  const table: Values = Object.fromEntries(entries)
  return censored ? censorMapping(table) : table
}

export function humanizeTable(table: Values): string {
  const show = (value: unknown): string => inspect(value, { depth: 3, breakLength: Number.POSITIVE_INFINITY })
  return Object.entries(table)
    .map(([name, value]) => `${name}: ${show(value)}`)
    .join('\n')
}

/** A sentence for each outdated name or setting of the layer. */
export function outdatedIn(layer: CheckedLayer): readonly string[] {
  const renamed = [...layer.renamed].map(
    ([old, name]) => `${layer.source}: the setting ${old} has an old name, call it ${name}`
  )
  const leaving = [...layer.values.keys()].flatMap(name => {
    const instead = lookUp(name)?.setting.deprecated
    return instead === undefined ? [] : [`${layer.source}: the setting ${name} will be removed, use ${instead} instead`]
  })
  return [...renamed, ...leaving]
}
