import type { Umbel } from '@umbel/app'
import { ImproperlyConfigured } from '@umbel/protocol'
import { type Logger, ServiceBase, silentLogger } from '@umbel/runtime'
import { Assembly } from './assembly.js'
import type { AppLocation } from './executor/data.js'
import { importModule } from './load/load.js'
import { nodeName } from './node-name.js'
import type { WorkerOptions, WorkerSettings } from './settings.js'

export interface WorkerParts {
  /** Where executors in threads load the application; undefined: tasks run inline. */
  readonly module?: AppLocation | undefined
  readonly logger?: Logger | undefined
  /** Least level that is logged, and the file, for `task.request`. */
  readonly loglevel?: string | undefined
  readonly logfile?: string | undefined
  /** The process is this worker's alone: an error that nobody hears is logged and does not end it. @default false */
  readonly ownsProcess?: boolean | undefined
  /** Told when settings and queues are known and nothing is connected yet: the time for a banner. */
  readonly prepared?: (() => void) | undefined
  /** Told when the worker cannot go on by itself: the broker stayed away, say. */
  readonly failed?: ((error: Error) => void) | undefined
}

/** Consumes and executes tasks: the control side, which owns connections, acks, leases and timers. (celery.worker.WorkController) */
export class Worker extends ServiceBase {
  readonly name = 'worker'
  readonly app: Umbel
  readonly hostname: string
  readonly #options: WorkerOptions
  readonly #parts: WorkerParts
  readonly #logger: Logger
  #assembly: Assembly | undefined

  constructor(app: Umbel, options: WorkerOptions = {}, parts: WorkerParts = {}) {
    super()
    this.app = app
    this.hostname = nodeName(options.hostname)
    this.#options = options
    this.#parts = parts
    this.#logger = parts.logger ?? silentLogger
  }

  /** What the options came to; only after `start`. */
  get settings(): WorkerSettings {
    return this.#required().settings
  }

  /** Queues consumed. */
  get queues(): readonly string[] {
    return this.#required().queues
  }

  /** The broker's URL without its password; an SQLite file's path. */
  get brokerUrl(): string {
    return this.#required().brokerUrl ?? this.app.services.brokerUrl()
  }

  /** These ids will not run; with `terminate`, those that run are ended. */
  revoke(ids: readonly string[], { terminate = false }: { readonly terminate?: boolean } = {}): void {
    this.#required().revoke(ids, terminate)
  }

  /** `await app.worker().start()`; `stop()` waits for what runs. */
  override async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    await super.start(signal)
  }

  /** Takes no new work; what runs goes on. */
  quiet(): void {
    void this.#assembly?.quiet()
  }

  protected override async onStart(signal: AbortSignal): Promise<void> {
    await this.app.loadModules(importModule, this.#options.include)
    const { module, prepared, loglevel, logfile, ownsProcess = false, failed = () => undefined } = this.#parts
    const parts = {
      app: this.app,
      hostname: this.hostname,
      options: this.#options,
      module,
      ownsProcess,
      log: { loglevel, logfile },
      logger: this.#logger,
      failed
    }
    this.#assembly = new Assembly(parts)
    prepared?.()
    await this.#assembly.start(signal)
  }

  protected override async onStop(): Promise<void> {
    const assembly = this.#assembly
    await assembly?.stop()
    this.#assembly = undefined
  }

  protected override async onTerminate(): Promise<void> {
    const assembly = this.#assembly
    await assembly?.terminate()
    this.#assembly = undefined
  }

  #required(): Assembly {
    if (this.#assembly === undefined)
      throw new ImproperlyConfigured('the worker is not running: await worker.start() first')
    return this.#assembly
  }
}
