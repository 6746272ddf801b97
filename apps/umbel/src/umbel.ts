import { Umbel as App, type UmbelOptions } from '@umbel/app'
import type { WorkerOptions } from '@umbel/worker'
import { AppWorker, type AppWorkerOptions } from './app-worker.js'
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
}

export type { WorkerOptions }
