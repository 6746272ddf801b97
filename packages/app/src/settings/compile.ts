import { ImproperlyConfigured } from '@umbel/protocol'
import { type CheckedLayer, checkLayer, type Layer } from './layer.js'
import { NAMED_SETTINGS, type SettingName, type Settings } from './table.js'

/**
 * All settings, present, typed and frozen, from sources in rising precedence.
 * @throws ImproperlyConfigured for names and values that cannot be understood, and for contradictions
 */
export function compileSettings(layers: readonly Layer[] = []): Settings {
  return mergeLayers(layers.map(checkLayer))
}

/** As `compileSettings`, for layers that are checked already. */
export function mergeLayers(layers: readonly CheckedLayer[]): Settings {
  const values: Partial<Record<string, unknown>> = {}
  for (const setting of NAMED_SETTINGS) values[setting.camel] = valueOf(setting.name, layers) ?? setting.default
  const settings = derive(values as unknown as Underived)
  refuseContradictions(settings)
  return Object.freeze(settings)
}

type Underived = Omit<Settings, OptionalName> & { readonly [Name in OptionalName]: Settings[Name] | undefined }
type OptionalName =
  | 'resultAcceptContent'
  | 'timezone'
  | 'taskDefaultExchange'
  | 'taskDefaultRoutingKey'
  | 'taskAcksOnFailure'
  | 'taskAcksOnTimeout'

/** Settings that follow another one while they are unset. (celery.app.utils.Settings) */
function derive(settings: Underived): Settings {
  return {
    ...settings,
    resultAcceptContent: settings.resultAcceptContent ?? settings.acceptContent,
    timezone: settings.timezone ?? (settings.enableUtc ? 'UTC' : 'local'),
    brokerReadUrl: settings.brokerReadUrl ?? settings.brokerUrl,
    brokerWriteUrl: settings.brokerWriteUrl ?? settings.brokerUrl,
    taskDefaultExchange: settings.taskDefaultExchange ?? settings.taskDefaultQueue,
    taskDefaultRoutingKey: settings.taskDefaultRoutingKey ?? settings.taskDefaultQueue,
    taskAcksOnFailure: settings.taskAcksOnFailure ?? settings.taskAcksOnFailureOrTimeout,
    taskAcksOnTimeout: settings.taskAcksOnTimeout ?? settings.taskAcksOnFailureOrTimeout
  }
}

function refuseContradictions(settings: Settings): void {
  for (const [exclusive, durable] of [
    ['eventQueueExclusive', 'eventQueueDurable'],
    ['controlQueueExclusive', 'controlQueueDurable']
  ] as const) {
    if (settings[exclusive] && settings[durable]) {
      throw new ImproperlyConfigured(`${exclusive} and ${durable} exclude each other: set one of them to false`)
    }
  }
}

function valueOf(name: SettingName, layers: readonly CheckedLayer[]): unknown {
  return layers.findLast(layer => layer.values.has(name))?.values.get(name)
}
