import type { Executor, ExecutorModule, Host } from './contract.js'
import { ExecutorStartError } from './errors.js'

/**
 * Imports the entry module and makes an executor in this thread.
 * @throws whatever the module or its createExecutor threw; ExecutorStartError if it exports no such function
 */
export async function loadExecutor(entry: string, data: unknown, host: Host): Promise<Executor> {
  const module = (await import(entry)) as Partial<ExecutorModule>
  if (typeof module.createExecutor !== 'function')
    throw new ExecutorStartError(`${entry} must export createExecutor(data, host); it exports ${names(module)}`)
  return module.createExecutor(data, host)
}

function names(module: object): string {
  return Object.keys(module).join(', ') || 'nothing'
}
