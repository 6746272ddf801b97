import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { redis } from '@umbel/transport-redis'
import { type BoundTask, Umbel } from 'umbel'
import { noteEffect } from '../effects.js'
import { withoutRenewal } from './without-renewal.js'

/** Long bodies, each noting that it began; e2e/python/stolen.py has the same names. */
const { STOLEN_PREFIX = '', STOLEN_WITHOUT_RENEWAL } = process.env
export const app = new Umbel('stolen', {
  brokerTransportOptions: { global_keyprefix: STOLEN_PREFIX },
  resultBackendTransportOptions: { global_keyprefix: STOLEN_PREFIX },
  ...(STOLEN_WITHOUT_RENEWAL === '1' ? { transports: [withoutRenewal(redis())] } : {})
})

const options = { bind: true, acksLate: true } as const

/** Waits until the file `gate` is there; its thread does other things meanwhile. */
export const wait = app.task('stolen.wait', options, async (task, key: string, gate: string): Promise<string> => {
  note(task, key)
  while (!existsSync(gate)) await pause(50)
  return 'typescript'
})

/** Blocks its thread until the file `gate` is there. */
export const spin = app.task('stolen.spin', options, (task, key: string, gate: string): string => {
  note(task, key)
  while (true) if (existsSync(gate)) return 'typescript'
})

/** Returns at once: it has waited for its time. */
export const due = app.task('stolen.due', options, (task, key: string): string => {
  note(task, key)
  return 'typescript'
})

function note({ request }: BoundTask, key: string): void {
  const { redelivered } = request.deliveryInfo
  const file = process.env['E2E_EFFECTS'] ?? ''
  noteEffect(file, { kind: 'start', key, id: request.id, redelivered, pid: process.pid, at: Date.now() })
}
