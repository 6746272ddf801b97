import { describe, suggest } from '@umbel/runtime'
import type { Job, PoolOptions } from './contract.js'
import { PoolNotRunningError, PoolOptionsError } from './errors.js'

const KINDS = ['inline', 'threads'] as const

/** @throws PoolOptionsError naming the option, what was expected and what came */
export function checkOptions(options: PoolOptions): void {
  const { kind, entry, slots, executors } = options
  if (!KINDS.includes(kind)) throw wrong('kind', `one of ${KINDS.join(', ')}${hint(kind)}`, kind)
  if (!isFileUrl(entry)) throw wrong('entry', 'a file: URL', entry)
  checkSlots(slots)
  if (executors !== Number.POSITIVE_INFINITY && !isCount(executors))
    throw wrong('executors', 'a positive integer or Infinity', executors)
}

/** @throws PoolOptionsError unless it is a positive integer */
export function checkSlots(slots: number): number {
  if (!isCount(slots)) throw wrong('slots', 'a positive integer', slots)
  return slots
}

interface PoolState {
  readonly running: boolean
  readonly idle: number
  has(key: string): boolean
}

/** @throws PoolNotRunningError, or RangeError for more jobs than idle slots or a key that is in use */
export function checkJobs(jobs: readonly Job[], state: PoolState): void {
  if (!state.running) throw new PoolNotRunningError(`${jobs.length} jobs were handed to a pool that is not running`)
  if (jobs.length > state.idle) throw new RangeError(`${jobs.length} jobs were handed to ${state.idle} idle slots`)
  const keys = new Set<string>()
  for (const { key } of jobs) {
    if (keys.has(key) || state.has(key)) throw new RangeError(`Two jobs have the key '${key}'; keys must differ`)
    keys.add(key)
  }
}

function wrong(option: string, expected: string, got: unknown): PoolOptionsError {
  return new PoolOptionsError(`Pool option '${option}': expected ${expected}, got ${describe(got)}`)
}

function hint(kind: unknown): string {
  const near = suggest(String(kind), KINDS)
  return near === undefined ? '' : ` (did you mean '${near}'?)`
}

function isFileUrl(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('file:') && URL.canParse(value)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}
