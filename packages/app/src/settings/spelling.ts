import { ImproperlyConfigured } from '@umbel/protocol'
import type { Spelling } from './lookup.js'

interface SpelledKey extends Spelling {
  readonly key: string
}

/**
 * Names of Celery 3 and new ones do not mix in one source, unless a setting is given under both. The fewer
 * are to be renamed; in a tie, the old ones. (celery.app.utils.detect_settings)
 * @throws ImproperlyConfigured listing each rename
 */
export function refuseMixture(source: string, entries: readonly SpelledKey[]): void {
  const old = entries.filter(entry => entry.style === 'old')
  const current = entries.filter(entry => entry.style !== 'old')
  const toNew = old.length <= current.length
  const [kept, others] = toNew ? [current, old] : [old, current]
  const doubled = new Set(kept.map(entry => entry.setting.name))
  const renames = others
    .filter(entry => !doubled.has(entry.setting.name))
    .map(entry => `  ${entry.key.padEnd(36)} -> ${newName(entry, toNew, kept)}`)
    .sort()
  if (kept.length === 0 || renames.length === 0) return
  throw new ImproperlyConfigured(`${source}: ${explain(toNew, renames)}`)
}

function explain(toNew: boolean, renames: readonly string[]): string {
  const list = renames.join('\n')
  return toNew
    ? `old and new names of settings cannot be mixed, rename these to the new ones:\n${list}`
    : `new and old names of settings cannot be mixed, rename these to the old ones:\n${list}\nor, better, all the others to the new ones`
}

function newName({ setting }: SpelledKey, toNew: boolean, kept: readonly SpelledKey[]): string {
  if (!toNew) return setting.oldNames[0] ?? setting.name
  return kept.some(entry => entry.style === 'camel' && entry.setting.camel !== entry.setting.name)
    ? setting.camel
    : setting.name
}
