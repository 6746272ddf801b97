import type { Umbel } from '@umbel/app'
import type { Logger } from '@umbel/runtime'
import { type AppLocation, Worker, type WorkerOptions } from '@umbel/worker'

export interface AppWorkerOptions extends WorkerOptions {
  readonly logger?: Logger
  /** Where executor threads load the application: `{ url: import.meta.url, attribute: 'app' }`. */
  readonly module?: AppLocation
  /** Told when the worker cannot go on by itself. */
  readonly failed?: (error: Error) => void
}

/** A worker in code. */
export class AppWorker {
  readonly #worker: Worker

  constructor(app: Umbel, { logger, module, failed, ...options }: AppWorkerOptions = {}) {
    this.#worker = new Worker(app, options, { logger, module, failed })
  }

  get hostname(): string {
    return this.#worker.hostname
  }

  get queues(): readonly string[] {
    return this.#worker.queues
  }

  /** Resolves when it consumes. */
  async start(): Promise<this> {
    await this.#worker.start()
    return this
  }

  /** Takes no new work. */
  quiet(): void {
    this.#worker.quiet()
  }

  /** These tasks will not run; with `terminate`, those that run are ended. */
  revoke(ids: readonly string[], options: { readonly terminate?: boolean } = {}): void {
    this.#worker.revoke(ids, options)
  }

  /** Waits for what runs, then leaves nothing open. */
  async stop(): Promise<void> {
    await this.#worker.stop()
  }

  /** Ends what runs; what was acknowledged late goes back to its queue. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
