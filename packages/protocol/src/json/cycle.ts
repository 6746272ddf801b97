import { segment } from './path.js'

/** The path of the first object that is found inside itself; undefined when there is none. */
export function locateCycle(root: unknown): string | undefined {
  const ancestors = new Set<object>()
  const entered: { readonly value: object; readonly path: string; readonly leave: boolean }[] = []
  const clean = new Set<object>()
  push(root, '')
  while (entered.length > 0) {
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
