import { inspect } from 'node:util'
import { ImproperlyConfigured } from '@umbel/protocol'
import { parseCommandLine } from './command-line.js'
import { mergeLayers } from './compile.js'
import { ConfigSource } from './config-source.js'
import { environmentLayer } from './environment.js'
import { type FoundOption, findOption } from './find.js'
import { type CheckedLayer, checkLayer } from './layer.js'
import { describeUnknownSetting, lookUp } from './lookup.js'
import type { Importer } from './modules.js'
import { humanizeTable, outdatedIn, settingsTable, type TableOptions } from './report.js'
import { loadRouters, withLoadedRouters } from './routers.js'
import type { EditableSettings, NamedSetting, SettingName, Settings, SettingsInput } from './table.js'

type Values = Readonly<Record<string, unknown>>

export interface ConfigurationOptions {
  /** What the constructor of the application was given. */
  readonly inline?: SettingsInput
  /** What its parameters `broker` and `backend` were given: they go before, and mix with names of Celery 3. */
  readonly parameters?: SettingsInput
  readonly namespace?: string
  /** An object, or the name of a module; as `configFromObject`. */
  readonly configSource?: object | string
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where modules are looked for. @default process.cwd() */
  readonly folder?: string
  /** How modules are loaded. @default Node's own loader, which knows no TypeScript before Node 22.18 */
  readonly importer?: Importer
  /** Told of names that are out of date. @default process.emitWarning */
  readonly warn?: (message: string) => void
  /** Runs once, before settings are first read. (on_configure) */
  readonly onConfigure?: () => void
  /** Runs when a configuration was read. (on_after_configure) */
  readonly onAfterConfigure?: () => void
}

export interface ConfigFromOptions {
  /** A module that does not exist is no error. */
  readonly silent?: boolean
  /** Load now. */
  readonly force?: boolean
  readonly namespace?: string
}

/** Every setting is also a property: `app.conf.taskAlwaysEager = true`, or in snake_case. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- a Proxy gives each setting its property
export interface Configuration extends EditableSettings {}

/**
 * The settings of an application, `app.conf`. Nothing is loaded before the first setting is read; edits count at once.
 * From low to high: defaults, `addDefaults`, the configuration module or object, environment variables, the
 * constructor's options, edits. (celery.app.utils.Settings)
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- as above
export class Configuration {
  readonly #options: ConfigurationOptions
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #source: ConfigSource
  readonly #inline: CheckedLayer
  readonly #defaults: (() => CheckedLayer)[] = []
  readonly #routers = new Map<string, unknown>()
  #changes: CheckedLayer = { source: 'conf', values: new Map(), renamed: new Map() }
  #compiled: Settings | undefined
  /** Whether onConfigure, and then onAfterConfigure, ran for the present source. */
  #stage: 'unread' | 'reading' | 'read' = 'unread'

  constructor(options: ConfigurationOptions = {}) {
    this.#options = options
    this.#env = options.env ?? process.env
    this.#source = new ConfigSource({
      env: this.#env,
      folder: options.folder,
      importer: options.importer,
      namespace: options.namespace
    })
    const source = 'the options of the application'
    const inline = checkLayer({ source, values: options.inline ?? {} })
    this.#inline = onTop(inline, checkLayer({ source, values: options.parameters ?? {} }))
    if (options.configSource !== undefined) this.#source.set(options.configSource, {})
    // oxlint-disable-next-line no-constructor-return
    return new Proxy(this, settingProperties)
  }

  /**
   * All settings as one frozen object, a new one after each edit.
   * @throws ImproperlyConfigured; also when the configuration module loads asynchronously and `load()` was not awaited
   */
  get settings(): Settings {
    if (this.#compiled !== undefined) return this.#compiled
    this.#beginReading()
    this.#compiled = withLoadedRouters(mergeLayers(this.#layers()), this.#routers)
    this.#endReading()
    return this.#compiled ?? this.settings
  }

  /** Loads what has to be loaded; then settings can be read. Idempotent. */
  async load(): Promise<Settings> {
    this.#beginReading()
    await this.#source.load()
    const loaded = await loadRouters(this.settings.taskRoutes, this.#routers, path => this.#source.importSymbol(path))
    if (loaded > 0) this.#compiled = undefined
    return this.settings
  }

  /** Reads settings from an object, or from a module: `name`, `name:attribute`. */
  configFromObject(source: object | string, options: ConfigFromOptions & { readonly force: true }): Promise<boolean>
  configFromObject(source: object | string, options?: ConfigFromOptions): void
  configFromObject(source: object | string, options: ConfigFromOptions = {}): Promise<boolean> | undefined {
    this.#source.set(source, options)
    this.#compiled = undefined
    this.#stage = 'unread'
    return options.force === true ? this.load().then(() => this.#source.found) : undefined
  }

  /**
   * Reads settings from the module that an environment variable names; false where `silent` and there is none.
   * @throws ImproperlyConfigured when the variable is not set
   */
  configFromEnvvar(variable: string, options: ConfigFromOptions = {}): boolean | Promise<boolean> {
    const name = this.#env[variable] ?? ''
    if (name === '') {
      if (options.silent === true) return false
      throw new ImproperlyConfigured(
        `the environment variable ${variable} is not set: it must name the module to configure from`
      )
    }
    if (options.force === true) return this.configFromObject(name, { ...options, force: true })
    this.configFromObject(name, options)
    return true
  }

  /** Settings from `name=value` words of a command line. */
  configFromCmdline(words: readonly string[], namespace = 'celery'): void {
    this.#change('the command line', parseCommandLine(words, namespace))
  }

  /** Values below what the user configures; a function is called when settings are first read. */
  addDefaults(values: SettingsInput | (() => SettingsInput)): void {
    let checked: CheckedLayer | undefined
    this.#defaults.push(() => {
      checked ??= checkLayer({ source: 'addDefaults', values: typeof values === 'function' ? values() : values })
      return checked
    })
    this.#compiled = undefined
  }

  /** @throws ImproperlyConfigured, and then changes nothing */
  update(values: SettingsInput): void {
    this.#change('conf', values)
  }

  /** Takes back an edit, by any spelling of the name. */
  reset(name: string): void {
    const setting = settingOf(name).name
    this.#changes = without(this.#changes, setting)
    this.#compiled = undefined
  }

  /** @throws ImproperlyConfigured for a name that is no setting */
  get(name: string): unknown {
    return this.settings[settingOf(name).camel]
  }

  /** The first of these settings that has a value. */
  first(...names: readonly string[]): unknown {
    return names.map(name => this.get(name)).find(value => value !== undefined && value !== null)
  }

  /** Was it set anywhere above Celery's own defaults? */
  valueSetFor(name: string): boolean {
    const setting = settingOf(name).name
    return this.#layers().some(layer => layer.values.has(setting))
  }

  /** What was set above the defaults. */
  withoutDefaults(): Partial<Settings> {
    const entries = Object.entries(this.settings).filter(([name]) => this.valueSetFor(name))
    return Object.fromEntries(entries)
  }

  findOption(name: string, namespace = ''): FoundOption {
    return findOption(name, namespace)
  }

  /** The value of a setting by its short name: `findValueForKey('disable_rate_limits')`. */
  findValueForKey(name: string, namespace = 'celery'): unknown {
    const found = findOption(name, namespace)
    return this.getByParts(found.namespace, found.key)
  }

  /** `getByParts('worker', 'disable_rate_limits')` */
  getByParts(...parts: readonly (string | undefined)[]): unknown {
    return this.get(parts.filter(part => part !== undefined && part !== '').join('_'))
  }

  /** Reads the configuration now instead of at first use. */
  finalize(): this {
    void this.settings
    return this
  }

  /** Values by Celery's lower-case names; censored unless told otherwise. */
  table(options: TableOptions = {}): Readonly<Record<string, unknown>> {
    return settingsTable(options.withDefaults === true ? this.settings : this.withoutDefaults(), options)
  }

  /** `table`, one setting a line. */
  humanize(options: TableOptions = {}): string {
    return humanizeTable(this.table(options))
  }

  /** Warns of each name of Celery 3 in use, and of settings that will go; tells whether there were any. */
  maybeWarnDeprecatedSettings(): boolean {
    const warn = this.#options.warn ?? (message => process.emitWarning(message, 'DeprecationWarning'))
    const messages = this.#layers().flatMap(outdatedIn)
    for (const message of messages) warn(message)
    return messages.length > 0
  }

  [inspect.custom](): string {
    return `Configuration {\n${this.humanize()}\n}`
  }

  #change(source: string, values: Values): void {
    this.#changes = onTop(this.#changes, checkLayer({ source, values }))
    this.#compiled = undefined
  }

  #layers(): readonly CheckedLayer[] {
    const config = this.#source.layer()
    const environment = checkLayer(environmentLayer(this.#env))
    return [...this.#defaults.map(read => read()), config, environment, this.#inline, this.#changes]
  }

  #beginReading(): void {
    if (this.#stage !== 'unread') return
    this.#stage = 'reading'
    this.#options.onConfigure?.()
  }

  /** Listeners may read and edit. */
  #endReading(): void {
    if (this.#stage !== 'reading') return
    this.#stage = 'read'
    this.#options.onAfterConfigure?.()
  }
}

const settingProperties: ProxyHandler<Configuration> = {
  get(target, key) {
    if (typeof key === 'string') {
      const found = lookUp(key)
      if (found !== undefined) return target.settings[found.setting.camel]
    }
    const value: unknown = Reflect.get(target, key, target)
    return typeof value === 'function' && key !== 'constructor' ? (value.bind(target) as unknown) : value
  },
  set(target, key, value) {
    target.update({ [String(key)]: value })
    return true
  },
  deleteProperty(target, key) {
    target.reset(String(key))
    return true
  },
  has: (target, key) => (typeof key === 'string' && lookUp(key) !== undefined) || Reflect.has(target, key)
}

function settingOf(name: string): NamedSetting {
  const found = lookUp(name)
  if (found !== undefined) return found.setting
  throw new ImproperlyConfigured(describeUnknownSetting(name))
}

function onTop(below: CheckedLayer, above: CheckedLayer): CheckedLayer {
  return {
    source: below.source,
    values: new Map([...below.values, ...above.values]),
    renamed: new Map([...below.renamed, ...above.renamed])
  }
}

function without(layer: CheckedLayer, name: SettingName): CheckedLayer {
  return { ...layer, values: new Map([...layer.values].filter(([key]) => key !== name)) }
}
