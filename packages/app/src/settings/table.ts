import type * as z from 'zod'
import { freezeTop } from './freeze.js'
import { toCamel } from './names.js'
import type { Setting } from './setting.js'
import { brokerSettings } from './table/broker.js'
import { cloudSettings } from './table/cloud.js'
import { daemonSettings } from './table/daemon.js'
import { fleetSettings } from './table/fleet.js'
import { generalSettings } from './table/general.js'
import { resultSettings } from './table/result.js'
import { securitySettings } from './table/security.js'
import { storeSettings } from './table/stores.js'
import { taskSettings } from './table/task.js'
import { workerSettings } from './table/worker.js'

/** Every setting of Celery 5.7, by its lower-case name. (celery.app.defaults.NAMESPACES) */
export const SETTINGS = {
  ...generalSettings,
  ...taskSettings,
  ...brokerSettings,
  ...resultSettings,
  ...storeSettings,
  ...cloudSettings,
  ...workerSettings,
  ...fleetSettings,
  ...securitySettings,
  ...daemonSettings
}

type Table = typeof SETTINGS

/** Celery's lower-case name of a setting. */
export type SettingName = keyof Table

export type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

type Out<Name extends SettingName> = z.output<Table[Name]['kind']['schema']>
type In<Name extends SettingName> = z.input<Table[Name]['kind']['schema']>

type Plain = { -readonly [Name in SettingName as Camel<Name>]: Out<Name> }

/** Settings that are filled in from others where they are unset. */
interface Derived {
  resultAcceptContent: readonly string[]
  /** IANA name, 'UTC', or 'local' for the machine's own. */
  timezone: string
  taskDefaultExchange: string
  taskDefaultRoutingKey: string
  taskAcksOnFailure: boolean
  taskAcksOnTimeout: boolean
}

/** All settings, present and typed; what `app.conf` reads and writes. Durations are seconds. */
export type EditableSettings = Omit<Plain, keyof Derived> & Derived

/** All settings, compiled: what the code reads. */
export type Settings = Readonly<EditableSettings>

/** What users write: camelCase, Celery's snake_case, or the upper-case names of Celery 3. */
export type SettingsInput = { readonly [Name in SettingName as Camel<Name>]?: In<Name> | undefined } & {
  readonly [Name in SettingName]?: In<Name> | undefined
} & { readonly [old: `${Uppercase<string>}_${Uppercase<string>}`]: unknown }

/** A row of the table with its names. */
export interface NamedSetting extends Setting {
  readonly name: SettingName
  readonly camel: keyof Settings
  /** Upper-case names of Celery 3, the usual one first. */
  readonly oldNames: readonly string[]
}

const OLD_PREFIXES: Readonly<Record<string, string>> = {
  task_: 'CELERY_',
  worker_: 'CELERYD_',
  beat_: 'CELERYBEAT_',
  cache_: 'CELERY_CACHE_',
  couchbase_: 'CELERY_COUCHBASE_',
  arangodb_: 'CELERY_ARANGODB_',
  mongodb_: 'CELERY_MONGODB_',
  event_: 'CELERY_EVENT_',
  redis_: 'CELERY_REDIS_',
  result_: 'CELERY_RESULT_',
  elasticsearch_: 'CELERY_ELASTICSEARCH_',
  security_: 'CELERY_SECURITY_'
}

export const NAMED_SETTINGS: readonly NamedSetting[] = Object.entries(SETTINGS).map(([name, setting]) => ({
  ...(setting as Setting),
  default: freezeTop(setting.default),
  name: name as SettingName,
  camel: toCamel(name) as keyof Settings,
  oldNames: setting.old ?? [oldNameOf(name)]
}))

function oldNameOf(name: string): string {
  const group = name.slice(0, name.indexOf('_') + 1)
  const prefix = OLD_PREFIXES[group]
  return (prefix === undefined ? name : prefix + name.slice(group.length)).toUpperCase()
}
