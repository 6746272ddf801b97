import { isMainThread } from 'node:worker_threads'
import type { Umbel as App, UmbelOptions } from '@umbel/app'
import { ImproperlyConfigured } from '@umbel/protocol'
import type { AppLocation } from '@umbel/worker'

export interface StartOptions {
  /**
   * Where executor threads load the application: `{ url: import.meta.url, attribute: 'app' }` of the module that makes it,
   * which must not be the script that calls `start`. Without, a worker runs tasks inline.
   */
  readonly module?: AppLocation
}

/** The umbel command for an application that a script has made. It is loaded when it is called. */
export async function startCommand(
  { app, createApp }: { readonly app: App; readonly createApp: (options: UmbelOptions) => App },
  argv: readonly string[],
  { module }: StartOptions
): Promise<number> {
  if (!isMainThread)
    throw new ImproperlyConfigured(
      'app.start() and app.workerMain() run on the main thread only: a module that executor threads load must not call them; call them in a script of their own'
    )
  const { runHere } = await import('@umbel/cli')
  return await runHere(createApp, { argv, application: { app, location: module } })
}

/** @throws ImproperlyConfigured when `worker` is not among the words */
export function checkWorkerArguments(argv: readonly string[]): void {
  if (argv.includes('worker')) return
  throw new ImproperlyConfigured(
    `app.workerMain(): the command worker must be among the arguments, got ${JSON.stringify(argv)}; app.start() runs other commands`
  )
}
