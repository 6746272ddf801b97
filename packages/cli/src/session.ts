import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import type { Importer, Umbel } from '@umbel/app'
import type { AppLocation } from '@umbel/worker'
import { CommandError } from '@umbel/runtime'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './errors.js'
import { app, broker, config, loader, resultBackend, skipChecks } from './options/global.js'
import type { Values } from './options/values.js'
import type { Terminal } from './terminal.js'

export interface Application {
  readonly app: Umbel
  /** As given with `-A`; undefined without. */
  readonly name: string | undefined
  /** Where executors load it; undefined without `-A`. */
  readonly location: AppLocation | undefined
}

/** What commands share: the terminal, the streams and the application that `-A` names. */
export class Session {
  readonly environment: CliEnvironment
  readonly terminal: Terminal
  readonly #globals: Values
  #application: Promise<Application> | undefined

  constructor(environment: CliEnvironment, terminal: Terminal, globals: Values) {
    this.environment = environment
    this.terminal = terminal
    this.#globals = globals
  }

  /**
   * The application with its task modules; without `-A` the script's own, or one that knows no tasks.
   * @throws UsageError when `-A` names none
   */
  application(): Promise<Application> {
    this.#application ??= this.#open()
    return this.#application
  }

  /** Closes the application's connections, if it was opened here. */
  async close(): Promise<void> {
    const application = await this.#application?.catch(() => undefined)
    if (application?.app !== this.environment.application?.app) await application?.app.close()
  }

  async #open(): Promise<Application> {
    this.#export()
    const name = this.#globals.get(app)
    const opened = name === undefined ? await this.#create() : await this.#load(name)
    const urls = { brokerUrl: this.#globals.get(broker), resultBackend: this.#globals.get(resultBackend) }
    const given = Object.fromEntries(Object.entries(urls).filter(([, url]) => url !== undefined))
    if (Object.keys(given).length > 0) opened.app.conf.update(given)
    return opened
  }

  /** Into the environment, as Celery does: the application reads them there, in executors too. */
  #export(): void {
    const { env } = this.environment
    const variables = {
      CELERY_BROKER_URL: this.#globals.get(broker),
      CELERY_RESULT_BACKEND: this.#globals.get(resultBackend),
      CELERY_CONFIG_MODULE: this.#globals.get(config),
      CELERY_SKIP_CHECKS: this.#globals.get(skipChecks) === true ? 'true' : undefined
    }
    for (const [name, value] of Object.entries(variables)) if (value !== undefined) env[name] = value
  }

  async #create(): Promise<Application> {
    const module = this.#globals.get(loader)
    const { application } = this.environment
    if (application !== undefined) return { app: application.app, name: undefined, location: application.location }
    const created = await this.environment.createApp(
      module === undefined ? {} : { importer: await loadImporter(module) }
    )
    return { app: created, name: undefined, location: undefined }
  }

  async #load(name: string): Promise<Application> {
    if (this.#globals.get(loader) !== undefined)
      throw new UsageError('option --loader works without -A only: give the application new Umbel(name, { importer })')
    const { AppLoadError, loadApp } = await import('@umbel/worker')
    try {
      const { app: loaded, location } = await loadApp(name)
      return { app: loaded, name, location }
    } catch (thrown) {
      if (thrown instanceof AppLoadError && thrown.cause instanceof CommandError) throw thrown.cause
      if (thrown instanceof AppLoadError) throw new UsageError(`option -A/--app: ${thrown.message}`, { cause: thrown })
      throw thrown
    }
  }
}

async function loadImporter(name: string): Promise<Importer> {
  const { importModule } = await import('@umbel/worker')
  const specifier = /^[./]/.test(name) ? pathToFileURL(resolve(name)).href : name
  const exported = (await importModule(specifier))['default']
  if (typeof exported !== 'function')
    throw new UsageError(`option --loader: the default export of ${name} must be a function that imports a module`)
  return exported as Importer
}
