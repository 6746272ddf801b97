import { lookUp } from './lookup.js'
import { toSnake } from './names.js'

/** One value of a mapping that settings share with others. */
export interface NamespacedPair {
  /** As written. */
  readonly key: string
  /** The setting's own name. */
  readonly name: string
  readonly value: unknown
}

/**
 * The settings in a mapping of many things: `CELERY_TASK_SERIALIZER` is `task_serializer` for namespace `CELERY`.
 * Names without the prefix belong to others; a prefixed name of Celery 3 is understood too. (ConfigurationView prefix)
 */
export function readNamespace(namespace: string, values: Readonly<Record<string, unknown>>): readonly NamespacedPair[] {
  const prefix = `${lower(namespace).replace(/_+$/, '')}_`
  const pairs: NamespacedPair[] = []
  for (const [key, value] of Object.entries(values)) {
    const whole = lower(key)
    if (value === undefined || !whole.startsWith(prefix)) continue
    const name = whole.slice(prefix.length)
    pairs.push({ key, name: lookUp(name) === undefined && lookUp(key) !== undefined ? key : name, value })
  }
  return pairs
}

function lower(name: string): string {
  return name === name.toUpperCase() ? name.toLowerCase() : toSnake(name)
}
