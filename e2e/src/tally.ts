import type { Effect } from './effects.js'

export interface Tally {
  /** Keys that were accepted and had no effect. */
  readonly lost: readonly string[]
  /** Keys that began again, each later start marked redelivered: at-least-once, said openly. */
  readonly again: readonly string[]
  /** Keys that began again without a mark. */
  readonly doubled: readonly string[]
}

/** What became of the accepted keys. (peers 5.2, the checker) */
export function tally(accepted: readonly string[], effects: readonly Effect[]): Tally {
  const starts = byKey(effects, 'start')
  const done = byKey(effects, 'effect')
  const repeated = [...starts].filter(([, list]) => list.length > 1)
  const marked = (list: readonly Effect[]): boolean => list.slice(1).every(({ redelivered }) => redelivered)
  return {
    lost: accepted.filter(key => !done.has(key)),
    again: repeated
      .filter(([, list]) => marked(list))
      .map(([key]) => key)
      .sort(),
    doubled: repeated
      .filter(([, list]) => !marked(list))
      .map(([key]) => key)
      .sort()
  }
}

function byKey(effects: readonly Effect[], kind: Effect['kind']): ReadonlyMap<string, readonly Effect[]> {
  const map = new Map<string, Effect[]>()
  for (const effect of effects) {
    if (effect.kind !== kind) continue
    const list = map.get(effect.key)
    if (list === undefined) map.set(effect.key, [effect])
    else list.push(effect)
  }
  return map
}
