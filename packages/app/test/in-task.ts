import type { Umbel } from '../src/index.js'

/** Runs a body as a worker does. */
export async function runInTask(app: Umbel, body: () => unknown): Promise<unknown> {
  const { createBoundTask, createRequest, execute } = await import('../src/execution/index.js')
  const { parseTask } = await import('@umbel/protocol')
  const { silentLogger: logger } = await import('@umbel/runtime')
  const task = app.task(`body${++bodies}`, body)
  const { outgoing } = await sentBy(app, task.name)
  const parsed = parseTask(outgoing.message, app.services.codecs())
  const delivery = { queue: '', exchange: '', routingKey: '', redelivered: false, priority: null }
  const request = createRequest(parsed, parsed.decodeBody(), { hostname: 'w@h', delivery })
  const { clock, random } = app.services
  const shared = { definition: task.definition, request, logger, clock, random }
  const bound = createBoundTask({
    ...shared,
    signal: new AbortController().signal,
    backend: () => app.services.gateway().backend(),
    resend: () => Promise.reject(new Error('not here')),
    addToChord: () => Promise.reject(new Error('no'))
  })
  return await execute({ ...shared, bound, children: [] })
}

let bodies = 0

async function sentBy(app: Umbel, name: string) {
  const { compose } = await import('../src/publishing/compose.js')
  await app.conf.load()
  return compose(
    app.services.composeEnvironment(),
    { task: name, args: [], kwargs: {}, options: { task_id: name } },
    { definition: undefined }
  )
}
