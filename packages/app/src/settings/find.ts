import { ImproperlyConfigured } from '@umbel/protocol'
import { describeUnknownSetting, lookUp } from './lookup.js'
import { NAMED_SETTINGS, type NamedSetting } from './table.js'

/** Where a setting stands: `disable_rate_limits` is in `worker`. */
export interface FoundOption {
  /** Undefined for settings without a group. */
  readonly namespace: string | undefined
  readonly key: string
  readonly setting: NamedSetting
}

/**
 * The setting of a short name: first in the namespace given, then in any, then by its whole name.
 * (celery.app.defaults.find)
 * @throws ImproperlyConfigured
 */
export function findOption(name: string, namespace = ''): FoundOption {
  const key = name.toLowerCase()
  const found =
    named(namespace.toLowerCase(), key) ??
    named(undefined, key) ??
    NAMED_SETTINGS.map(setting => named(setting.name.split('_', 1)[0], key)).find(option => option !== undefined)
  if (found !== undefined) return found
  const setting = lookUp(name)?.setting
  if (setting !== undefined) return { namespace: undefined, key: setting.name, setting }
  throw new ImproperlyConfigured(describeUnknownSetting(name))
}

function named(namespace: string | undefined, key: string): FoundOption | undefined {
  const whole = namespace === undefined || namespace === '' ? key : `${namespace}_${key}`
  const found = lookUp(whole)
  if (found?.setting.name !== whole) return undefined
  return { namespace: namespace === '' ? undefined : namespace, key, setting: found.setting }
}
