import { Umbel as App, type UmbelOptions } from '@umbel/app'
import type { WorkerOptions } from '@umbel/worker'
import { AppWorker, type AppWorkerOptions } from './app-worker.js'
import { checkWorkerArguments, type StartOptions, startCommand } from './command.js'
import { createDrivers } from './drivers.js'

/** The application with every driver wired. */
export class Umbel extends App {
  constructor(main: string, options: UmbelOptions = {}) {
    const drivers = createDrivers()
    super(main, {
      importer: async specifier => await (await import('@umbel/worker')).importModule(specifier),
      ...options,
      transports: [...(options.transports ?? []), ...drivers.transports],
      backends: [...(options.backends ?? []), ...drivers.backends]
    })
  }

  /**
   * A worker in this process: `const worker = await app.worker({ concurrency: 8 }).start()`. It installs no signal
   * handlers. Tasks run inline unless `module` says where executor threads load the application.
   */
  worker(options: AppWorkerOptions = {}): AppWorker {
    return new AppWorker(this, options)
  }

  /**
   * Runs the umbel command with this application, as `-A` would name it, and answers the exit code:
   * `process.exitCode = await app.start(['call', 'tasks.add', '-a', '[2, 2]'])`. The application stays open.
   */
  async start(argv: readonly string[] = process.argv.slice(2), options: StartOptions = {}): Promise<number> {
    const createApp = (settings: UmbelOptions): App => new Umbel('default', settings)
    return await startCommand({ app: this, createApp }, argv, options)
  }

  /**
   * Runs a worker as `umbel worker` does, signals included: `await app.workerMain(['worker', '-l', 'info'])`. (worker_main)
   * @throws ImproperlyConfigured when `worker` is not among the words
   */
  async workerMain(argv: readonly string[] = process.argv.slice(2), options: StartOptions = {}): Promise<number> {
    checkWorkerArguments(argv)
    return await this.start(argv, options)
  }
}

export type { WorkerOptions }
