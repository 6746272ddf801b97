import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isMapping } from '@umbel/protocol'
import { type BoundTask, Ignore, Reject } from 'umbel'
import { createApp, variable } from './app.js'

/** The TypeScript half of the fleet: the tasks of e2e/python/tasks.py, under the same names. */
export const app = createApp()

const BY = 'typescript'
const LONGEST_HOLD = 60_000

/** One that only this program knows. */
class InteropError extends Error {
  override readonly name = 'InteropError'
}

export const add = app.task('interop.add', { bind: true, params: ['x', 'y'] }, (task, x: number, y: number) => {
  note(task)
  return x + y
})

export const echo = app.task(
  'interop.echo',
  { bind: true, params: ['first', 'second', 'third'] },
  (task, ...[first = null, second = null, third = null]: unknown[]) => {
    note(task)
    return [first, second, third]
  }
)

export const silent = app.task('interop.silent', { bind: true, ignoreResult: true }, task => {
  note(task)
  return 'unheard'
})

/** What the values are here, and the values themselves. */
export const kinds = app.task('interop.kinds', { bind: true }, (task, values: unknown[]) => {
  note(task)
  return { kinds: values.map(kindOf), values }
})

/** What this task knows of its message. */
export const request = app.task('interop.request', { bind: true }, task => {
  note(task)
  const { request: own } = task
  return {
    id: own.id,
    root_id: own.rootId,
    parent_id: own.parentId,
    group: own.group,
    retries: own.retries,
    eta: own.eta,
    expires: own.expires,
    timelimit: own.timelimit,
    shadow: own.shadow,
    ignore_result: own.ignoreResult,
    headers: own.headers,
    stamps: own.stamps,
    routing_key: own.deliveryInfo.routingKey,
    exchange: own.deliveryInfo.exchange,
    priority: own.deliveryInfo.priority,
    redelivered: own.deliveryInfo.redelivered,
    correlation_id: own.correlationId,
    argsrepr: own.argsrepr,
    origin: own.origin
  }
})

/** When it ran, in seconds since the epoch. */
export const moment = app.task('interop.moment', { bind: true }, task => {
  note(task)
  return { at: Date.now() / 1000, eta: task.request.eta }
})

export const fail = app.task('interop.fail', { bind: true }, (task, kind: string, message = 'boom') => {
  note(task)
  if (kind === 'type') throw new TypeError(message)
  if (kind === 'own') throw new InteropError(message)
  throw new RangeError(message)
})

/** Ends in another way than by an answer or an error. */
export const control = app.task('interop.control', { bind: true }, async (task, verb: string) => {
  note(task)
  if (verb !== 'ignore') throw new Reject('not wanted')
  await task.updateState({ state: 'LEFT', meta: { by: BY } })
  throw new Ignore()
})

/** Tells of a state of its own until the gate opens. */
export const progress = app.task('interop.progress', { bind: true }, async (task, gate: string) => {
  note(task)
  await task.updateState({ state: 'PROGRESS', meta: { done: 3, of: 7, by: BY } })
  await waitFor(gate)
  return 'done'
})

export const hold = app.task('interop.hold', { bind: true }, async (task, gate: string) => {
  note(task)
  await waitFor(gate)
  return 'held'
})

/** Overstays its time limits; says so when the soft one is told to it. */
export const slow = app.task('interop.slow', { bind: true }, async (task, seconds: number) => {
  note(task)
  task.signal.addEventListener('abort', () => note(task, { soft: true }))
  await pause(seconds * 1000, undefined, { signal: task.signal })
  return 'slept'
})

/** Tries until it was retried so often; answers who ran each attempt. */
export const again = app.task(
  'interop.again',
  { bind: true, maxRetries: 5 },
  (task, times: number, ...[countdown = 0, seen = []]: [countdown?: number, seen?: string[]]) => {
    note(task)
    const attempts = [...seen, `${BY}:${task.request.retries}`]
    if (task.request.retries < times)
      task.retry({ args: [times, countdown, attempts], countdown, exc: new TypeError('not yet') })
    return attempts
  }
)

/** Never succeeds, and has one retry. */
export const stubborn = app.task('interop.stubborn', { bind: true, maxRetries: 1 }, task => {
  note(task)
  task.retry({ countdown: 0, exc: new RangeError('never') })
})

/** Is retried on each queue in turn: whoever serves it runs the next attempt. */
export const hop = app.task(
  'interop.hop',
  { bind: true, maxRetries: 10 },
  (task, [queue, ...others]: string[], seen: string[] = []) => {
    note(task)
    const attempts = [...seen, `${BY}:${task.request.retries}`]
    if (queue !== undefined) task.retry({ args: [others, attempts], queue, countdown: 0 })
    return attempts
  }
)

export const step = app.task('interop.step', { bind: true }, (task, trail: string[], tag: string) => {
  note(task)
  return [...trail, `${BY}:${tag}`]
})

export const member = app.task('interop.member', { bind: true }, (task, index: number) => {
  note(task)
  return [index, BY]
})

/** The body of a chord: what it got, and who it is. */
export const join = app.task('interop.join', { bind: true }, (task, parts: unknown[], tag = '') => {
  note(task)
  return { by: BY, tag, parts }
})

/** A callback: notes what it was called with. */
export const called = app.task('interop.called', { bind: true }, (task, value: unknown, key: string) => {
  note(task, { key, value })
  return value
})

/** Puts another task in its place. */
export const replace = app.task('interop.replace', { bind: true }, (task, x: number, queue: string): number => {
  note(task)
  throw task.replace(add.s(x, 1).set({ queue }))
})

export const measure = app.task('interop.measure', { bind: true }, (task, text: string) => {
  note(task)
  return [text.length, text]
})

/** A task that the other language does not have. */
export const only = app.task(`interop.only_${BY}`, { bind: true }, (task, x: unknown) => {
  note(task)
  return [BY, x]
})

/** Writes down who ran it, in one write: two languages share the file. */
function note(task: BoundTask, more: object = {}): void {
  const { id, retries } = task.request
  const line = { by: BY, task: task.name, id, retries, at: Date.now() / 1000, ...more }
  appendFileSync(variable('INTEROP_RECORD'), `${JSON.stringify(line)}\n`)
}

async function waitFor(gate: string): Promise<void> {
  const end = Date.now() + LONGEST_HOLD
  while (!existsSync(gate)) {
    if (Date.now() > end) throw new Error(`${gate} never opened`)
    await pause(20)
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number' || typeof value === 'bigint') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  if (Array.isArray(value)) return 'list'
  if (isMapping(value)) return 'mapping'
  return NAMES[(value as object).constructor.name] ?? (value as object).constructor.name
}

const NAMES: Readonly<Record<string, string>> = {
  Date: 'datetime',
  PlainDate: 'date',
  PlainTime: 'time',
  Uuid: 'uuid',
  Decimal: 'decimal',
  Buffer: 'bytes',
  Uint8Array: 'bytes'
}
