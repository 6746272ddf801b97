import type { TaskHeaders } from '@umbel/protocol'

/** Stamps whose tasks must not run, in memory alone. (celery.worker.state.revoked_stamps) */
export class RevokedStamps {
  readonly #values = new Map<string, Set<unknown>>()

  add(header: string, values: readonly unknown[]): void {
    const known = this.#values.get(header) ?? new Set()
    for (const value of values) known.add(value)
    this.#values.set(header, known)
  }

  /** Does a task bear one of them? */
  cover({ stampedHeaders, stamps }: Pick<TaskHeaders, 'stampedHeaders' | 'stamps'>): boolean {
    if (this.#values.size === 0 || stampedHeaders === null) return false
    return stampedHeaders.some(header => {
      const revoked = this.#values.get(header)
      return revoked !== undefined && listOf(stamps[header]).some(value => revoked.has(value))
    })
  }
}

/** One value may stand for a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
