import { types } from 'node:util'
import { ImproperlyConfigured } from '@umbel/protocol'
import { type CheckedLayer, checkLayer } from './layer.js'
import {
  createNodeImporter,
  findConfigModule,
  type Importer,
  importConfigModule,
  importSymbol,
  isNotFound,
  settingsIn
} from './modules.js'

export interface ConfigSourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string | undefined
  readonly importer: Importer | undefined
  readonly namespace: string | undefined
}

interface Chosen {
  readonly source: object | string
  readonly silent: boolean
}

/** The object or module that configures an application; read when first asked for. */
export class ConfigSource {
  readonly #options: ConfigSourceOptions
  readonly #folder: string
  readonly #importer: Importer
  #namespace: string | undefined
  #chosen: Chosen | undefined
  #layer: CheckedLayer | undefined
  #loading: Promise<CheckedLayer> | undefined
  #found = false

  constructor(options: ConfigSourceOptions) {
    this.#options = options
    this.#folder = options.folder ?? process.cwd()
    this.#importer = options.importer ?? createNodeImporter(this.#folder)
    this.#namespace = options.namespace
  }

  /** Was there a configuration to read? */
  get found(): boolean {
    return this.#found
  }

  set(source: object | string, options: { readonly silent?: boolean; readonly namespace?: string }): void {
    this.#chosen = { source, silent: options.silent ?? false }
    this.#namespace = options.namespace ?? this.#namespace
    this.#layer = undefined
    this.#loading = undefined
    this.#found = false
  }

  /** @throws ImproperlyConfigured when it is wrong, or can only be loaded asynchronously */
  layer(): CheckedLayer {
    if (this.#layer !== undefined) return this.#layer
    const read = this.#loading ?? this.#read()
    if (!types.isPromise(read)) return this.#keep(read)
    this.#loading = read
    this.load().catch(() => undefined)
    throw new ImproperlyConfigured(
      `the configuration module ${this.#name()} loads asynchronously: await app.conf.load() before reading settings`
    )
  }

  /** Repeatable: what failed is tried again. */
  async load(): Promise<void> {
    if (this.#layer !== undefined) return
    const chosen = this.#chosen
    const read = this.#loading ?? this.#read()
    // Settings can be read at once, also by who does not wait for this.
    if (!types.isPromise(read)) return void this.#keep(read)
    const loading = (this.#loading = read)
    try {
      const layer = await loading
      if (this.#chosen === chosen) this.#keep(layer)
    } catch (error) {
      if (this.#loading === loading) this.#loading = undefined
      throw error
    }
  }

  importSymbol(path: string): Promise<unknown> {
    return importSymbol(path, this.#importer, this.#folder)
  }

  #read(): CheckedLayer | Promise<CheckedLayer> {
    const chosen = this.#chosen ?? this.#discover()
    if (chosen === undefined) return EMPTY
    const { source, silent } = chosen
    if (typeof source !== 'string') return this.#check('the configuration object', settingsIn(source))
    try {
      const values = importConfigModule(source, this.#importer, this.#folder)
      if (!types.isPromise(values)) return this.#check(source, values)
      return values.then(loaded => this.#check(source, loaded)).catch((error: unknown) => overlook(error, silent))
    } catch (error) {
      return overlook(error, silent)
    }
  }

  #discover(): Chosen | undefined {
    const name = findConfigModule(this.#folder, this.#options.env)
    return name === undefined ? undefined : { source: name, silent: false }
  }

  #check(source: string, values: Readonly<Record<string, unknown>>): CheckedLayer {
    return checkLayer({ source, values, namespace: this.#namespace })
  }

  #keep(layer: CheckedLayer): CheckedLayer {
    this.#layer = layer
    this.#loading = undefined
    this.#found = layer !== EMPTY
    return layer
  }

  #name(): string {
    const source = (this.#chosen ?? this.#discover())?.source
    return typeof source === 'string' ? source : ''
  }
}

const EMPTY: CheckedLayer = { source: 'no configuration', values: new Map(), renamed: new Map() }

function overlook(error: unknown, silent: boolean): CheckedLayer {
  if (silent && isNotFound(error)) return EMPTY
  throw error
}
