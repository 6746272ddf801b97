import { describe } from '@umbel/runtime'

const DEEPEST = 10

/**
 * The text for a result's `traceback`: the stack, a remote traceback if the error came with one, then its causes. Never throws; errors whose getters throw
 * and values that are no errors give what can be said.
 */
export function tracebackOf(error: unknown): string {
  const parts: string[] = []
  const seen = new Set<unknown>()
  let current = error
  while (parts.length < DEEPEST && !seen.has(current)) {
    seen.add(current)
    parts.push(stackOf(current))
    const remote = property(current, 'remoteTraceback')
    if (typeof remote === 'string') parts.push(remote)
    const cause = property(current, 'cause')
    if (cause === undefined) break
    current = cause
  }
  return parts.join('\n\nCaused by: ')
}

function stackOf(error: unknown): string {
  const stack = property(error, 'stack')
  if (typeof stack === 'string' && stack !== '') return stack
  const message = property(error, 'message')
  const name = property(error, 'name')
  return typeof message === 'string' ? `${typeof name === 'string' ? name : 'Error'}: ${message}` : describe(error)
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}
