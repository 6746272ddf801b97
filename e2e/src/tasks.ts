import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { failpoint } from '@umbel/runtime'
import { type BoundTask, Umbel } from 'umbel'
import { type Effect, noteEffect } from './effects.js'

/** The application of these tests: each body notes in the effects file that it began and that it did its work. */
const { E2E_QUEUE = 'celery', E2E_PREFIX, E2E_MASTER } = process.env
const sentinels = E2E_MASTER === undefined ? {} : { master_name: E2E_MASTER }
const prefix = E2E_PREFIX === undefined ? {} : { global_keyprefix: E2E_PREFIX }
export const app = new Umbel('e2e', {
  taskDefaultQueue: E2E_QUEUE,
  brokerTransportOptions: sentinels,
  resultBackendTransportOptions: { ...sentinels, ...prefix }
})

export const add = app.task('e2e.add', (x: number, y: number): number => x + y)

/** Acknowledged after its work. */
export const late = app.task('e2e.late', { bind: true, acksLate: true }, (task, key: string): number => work(task, key))

/** Acknowledged before it starts, as by default. */
export const early = app.task('e2e.early', { bind: true }, (task, key: string): number => work(task, key))

/** The next step of a chain. */
export const next = app.task('e2e.next', { bind: true, acksLate: true }, (task, before: number, key: string): number =>
  work(task, key, before)
)

/** The body of a chord. */
export const body = app.task('e2e.body', { bind: true, acksLate: true }, (task, parts: number[], key: string): number =>
  work(
    task,
    key,
    parts.reduce((a, b) => a + b, 0)
  )
)

/** Works until the file `gate` is there; ends early when its signal aborts. */
export const hold = app.task('e2e.hold', { bind: true, acksLate: true }, holdUntil)

/** The same, acknowledged before it starts. */
export const holdEarly = app.task('e2e.hold_early', { bind: true }, holdUntil)

async function holdUntil(task: BoundTask, key: string, gate: string): Promise<number> {
  note(task, 'start', key)
  while (!existsSync(gate)) await pause(10, undefined, { signal: task.signal })
  note(task, 'effect', key)
  return 1
}

function work(task: BoundTask, key: string, before = 0): number {
  note(task, 'start', key)
  failpoint('mid-body')
  note(task, 'effect', key)
  return before + 1
}

function note({ request }: BoundTask, kind: Effect['kind'], key: string): void {
  const { redelivered } = request.deliveryInfo
  const file = process.env['E2E_EFFECTS'] ?? ''
  noteEffect(file, { kind, key, id: request.id, redelivered, pid: process.pid, at: Date.now() })
}
