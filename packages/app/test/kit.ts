import { jest } from '@jest/globals'
import { createResultMeta, failureMeta, successMeta } from '@umbel/backend'
import { createMemory } from '@umbel/memory'
import { errorToData, type ParsedTask, parseTask, type ResultMeta, type TaskBody } from '@umbel/protocol'
import { systemClock } from '@umbel/runtime'
import type { Connection, Delivery } from '@umbel/transport'
import { Umbel } from '../src/index.js'
import type { UmbelOptions } from '../src/options.js'

/** An application on a broker and a result store of its own, in memory. */
export function createApp(options: UmbelOptions = {}, name = 'proj'): Umbel {
  const memory = createMemory()
  return new Umbel(name, {
    broker: 'memory://',
    backend: 'memory://',
    transports: [memory.transport],
    backends: [memory.backend],
    ...options
  })
}

export interface Sent extends ParsedTask {
  readonly body: TaskBody
  readonly delivery: Delivery
}

/** Takes every message off a queue, as a worker would get them. */
export async function takeAll(app: Umbel, queue = 'celery'): Promise<Sent[]> {
  const connection = await app.connectionForRead()
  try {
    return await drain(connection, { app, queue })
  } finally {
    await connection.close()
  }
}

/** The only message of a queue. */
export async function takeOne(app: Umbel, queue = 'celery'): Promise<Sent> {
  const [first, second] = await takeAll(app, queue)
  if (first === undefined || second !== undefined) throw new Error(`expected one message in ${queue}`)
  return first
}

async function drain(connection: Connection, { app, queue }: { app: Umbel; queue: string }): Promise<Sent[]> {
  const channel = await connection.openChannel()
  await channel.declare({ queues: [{ name: queue }] })
  const [stat] = await channel.stat([queue])
  const expected = stat?.ready ?? 0
  const deliveries: Delivery[] = []
  if (expected === 0) return []
  await new Promise<void>((resolve, reject) => {
    const deliver = (batch: readonly Delivery[]): void => {
      deliveries.push(...batch)
      if (deliveries.length >= expected) resolve()
    }
    channel.consume([queue], { deliver, lost: () => undefined }, { prefetch: 0, noAck: true }).catch(reject)
  })
  return deliveries.map(delivery => {
    const parsed = parseTask(delivery.message, app.services.codecs())
    return { ...parsed, delivery, body: parsed.decodeBody() }
  })
}

export async function store(app: Umbel, meta: ResultMeta): Promise<void> {
  const [error] = await (await app.services.gateway().backend()).store([meta])
  if (error !== undefined) throw error
}

/** What a worker stores when the task is done. */
export async function succeed(app: Umbel, taskId: string, value: unknown): Promise<void> {
  await store(app, successMeta({ taskId, now: systemClock.now(), children: [] }, value))
}

export async function fail(app: Umbel, taskId: string, error: Error): Promise<void> {
  await store(app, failureMeta({ taskId, now: systemClock.now(), children: [] }, errorToData(error), `at ${taskId}`))
}

export async function put(
  app: Umbel,
  taskId: string,
  { state, result }: { state: string; result: unknown }
): Promise<void> {
  await store(app, createResultMeta(state, { result }, { taskId, now: systemClock.now() }))
}

/** The error that a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('expected a rejection')
}

export interface Warning {
  readonly message: string
  readonly name: string
}

/** The warnings that `work` emits. jest's `process` hears no warnings: they are caught where they are made. */
export async function warningsDuring(work: () => unknown): Promise<Warning[]> {
  const warnings: Warning[] = []
  const spy = jest.spyOn(process, 'emitWarning').mockImplementation((warning, name) => {
    warnings.push(
      typeof warning === 'string'
        ? { message: warning, name: typeof name === 'string' ? name : '' }
        : { message: warning.message, name: warning.name }
    )
  })
  try {
    await work()
    for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
    return warnings
  } finally {
    spy.mockRestore()
  }
}
