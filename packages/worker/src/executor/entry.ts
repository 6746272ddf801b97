import type { Umbel } from '@umbel/app'
import { HostGateway } from '@umbel/app/execution'
import type { Executor, Host } from '@umbel/pool'
import { importModule, loadAppAt } from '../load/load.js'
import type { ExecutorData } from './data.js'
import { guardProcess } from './guard.js'
import { TaskExecutor } from './task-executor.js'

/** Made once per executor, on its side of the border. (contract: ExecutorModule of @umbel/pool) */
export async function createExecutor(data: unknown, host: Host): Promise<Executor> {
  const { app, hostname, loglevel, logfile, ownsProcess = false, ...settings } = data as ExecutorData
  const shared = { host, hostname, loglevel, logfile }
  if (app !== undefined) {
    const closed = guardProcess({ host, refuseExit: 'tasks', surviveAll: ownsProcess })
    return new TaskExecutor(app, { ...shared, closed })
  }
  const attached = await attachedApp(settings, host)
  return new TaskExecutor(attached, {
    ...shared,
    closed: guardProcess({ host, refuseExit: 'leftovers', surviveAll: false })
  })
}

/** In a thread the application is loaded anew, and everything it sends travels to the control side. */
async function attachedApp(
  { module, where, replyTo, include }: Pick<ExecutorData, 'module' | 'where' | 'replyTo' | 'include'>,
  host: Host
): Promise<Umbel> {
  if (module === undefined) throw new TypeError('an executor needs an application or the module to load it from')
  const app = await loadAppAt(module)
  app.attach(new HostGateway(host, { where, replyTo }))
  await app.loadModules(importModule, include)
  return app
}
