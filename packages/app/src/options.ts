import type { BackendFactory } from '@umbel/backend'
import type { Compression, Serializer } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { Transport } from '@umbel/transport'
import type { Importer } from './modules.js'
import type { SettingsInput } from './settings/index.js'
import type { TaskBase } from './task/options.js'

/** What an application is made with; every setting may stand here too. */
export interface UmbelOptions extends SettingsInput {
  /** The broker's URL; the same as `brokerUrl`. @default an SQLite file of the project */
  readonly broker?: string | readonly string[] | undefined
  /** The result store's URL; the same as `resultBackend`. @default the SQLite file where no broker is given either, else none */
  readonly backend?: string | undefined
  /** Broker drivers. */
  readonly transports?: readonly Transport[]
  /** Result store drivers. */
  readonly backends?: readonly BackendFactory[]
  /** Serializers beside json, text and raw, or others in their place; `acceptContent` must name what is to be read. (kombu's register) */
  readonly serializers?: readonly Serializer[]
  /** Compressions beside those that Node has (zlib under Celery's name gzip, brotli, zstd from Node 22.15). */
  readonly compressions?: readonly Compression[]
  /** Only settings with this prefix are read from the configuration: `CELERY` reads CELERY_BROKER_URL. */
  readonly namespace?: string
  /** An object with settings, or the name of a module. */
  readonly configSource?: object | string
  /** How modules are imported: configuration, task modules. @default Node's own loader */
  readonly importer?: Importer
  /** Finalize before the first task is looked up; else looking one up before `app.finalize()` is an error. @default true */
  readonly autofinalize?: boolean
  /** Is `currentApp()` of this thread from now on. @default true */
  readonly setAsCurrent?: boolean
  /** Options and hooks of every task that names no `base` of its own. */
  readonly taskCls?: TaskBase
  readonly clock?: Clock
  /** A number in [0, 1). */
  readonly random?: () => number
}
