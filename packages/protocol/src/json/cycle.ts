import { segment } from './path.js'

/** Getters may make up objects without end: the search for a circle has one. */
const MOST_STEPS = 100_000

/** The path of the first object that is found inside itself; undefined when none is found. */
export function locateCycle(root: unknown): string | undefined {
  try {
    return search(root)
  } catch {
    return undefined
  }
}

function search(root: unknown): string | undefined {
  const ancestors = new Set<object>()
  const entered: { readonly value: object; readonly path: string; readonly leave: boolean }[] = []
  const clean = new Set<object>()
  push(root, '')
  for (let steps = 0; entered.length > 0 && steps < MOST_STEPS; steps++) {
    const { value, path, leave } = entered.pop() as (typeof entered)[number]
    if (leave) {
      ancestors.delete(value)
      clean.add(value)
      continue
    }
    if (ancestors.has(value)) return path
    if (clean.has(value)) continue
    ancestors.add(value)
    entered.push({ value, path, leave: true })
    for (const [key, item] of Object.entries(value)) push(item, path + step(value, key))
  }
  return undefined

  function push(value: unknown, path: string): void {
    if (typeof value === 'object' && value !== null) entered.push({ value, path, leave: false })
  }
}

function step(container: object, key: string): string {
  return Array.isArray(container) ? `[${key}]` : segment(key)
}
