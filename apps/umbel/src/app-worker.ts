import type { Umbel } from '@umbel/app'
import { ImproperlyConfigured } from '@umbel/protocol'
import type { Logger } from '@umbel/runtime'
import type { AppLocation, Worker, WorkerOptions } from '@umbel/worker'

export interface AppWorkerOptions extends WorkerOptions {
  readonly logger?: Logger
  /** Where executor threads load the application: `{ url: import.meta.url, attribute: 'app' }`. */
  readonly module?: AppLocation
  /** Told when the worker cannot go on by itself. */
  readonly failed?: (error: Error) => void
}

/** A worker in code. What makes it work is loaded when it starts: a client that only sends pays nothing for it. */
export class AppWorker {
  readonly #app: Umbel
  readonly #options: AppWorkerOptions
  #worker: Promise<Worker> | undefined
  #started: Worker | undefined

  constructor(app: Umbel, options: AppWorkerOptions = {}) {
    this.#app = app
    this.#options = options
  }

  /** Node name; only after `start`. */
  get hostname(): string {
    return this.#running().hostname
  }

  /** Queues consumed; only after `start`. */
  get queues(): readonly string[] {
    return this.#running().queues
  }

  /** Resolves when it consumes. */
  async start(): Promise<this> {
    this.#worker ??= this.#create()
    const worker = await this.#worker
    await worker.start()
    this.#started = worker
    return this
  }

  /** Takes no new work. */
  quiet(): void {
    this.#started?.quiet()
  }

  /** These tasks will not run; with `terminate`, those that run are ended. */
  revoke(ids: readonly string[], options: { readonly terminate?: boolean } = {}): void {
    this.#running().revoke(ids, options)
  }

  /** Waits for what runs, then leaves nothing open. */
  async stop(): Promise<void> {
    await (await this.#worker)?.stop()
  }

  /** Ends what runs; what was to be acknowledged late goes back to its queue. */
  async terminate(): Promise<void> {
    await (await this.#worker)?.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #create(): Promise<Worker> {
    const { Worker: Class } = await import('@umbel/worker')
    const { logger, module, failed, ...options } = this.#options
    return new Class(this.#app, options, { logger, module, failed })
  }

  #running(): Worker {
    if (this.#started === undefined)
      throw new ImproperlyConfigured('the worker is not running: await worker.start() first')
    return this.#started
  }
}
