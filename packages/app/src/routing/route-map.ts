import { types } from 'node:util'
import type { RouteAnswer } from './options.js'

/**
 * Routes by the task's name: an exact name first, then glob patterns (names with `*`) and regular expressions in
 * the order given. Patterns must match from the start of the name, as in Python. (celery.app.routes.MapRoute)
 */
export class RouteMap {
  readonly #exact = new Map<string, RouteAnswer>()
  readonly #patterns: (readonly [pattern: RegExp, route: RouteAnswer])[] = []

  constructor(pairs: Iterable<readonly [string | RegExp, RouteAnswer]>) {
    for (const [key, route] of pairs) {
      if (typeof key !== 'string') this.#patterns.push([fromStart(key), route])
      else if (key.includes('*')) this.#patterns.push([globToRegExp(key), route])
      else this.#exact.set(key, route)
    }
  }

  lookUp(name: string): RouteAnswer | undefined {
    return this.#exact.get(name) ?? this.#patterns.find(([pattern]) => matches(pattern, name))?.[1]
  }
}

function matches(pattern: RegExp, name: string): boolean {
  pattern.lastIndex = 0
  return pattern.test(name)
}

function fromStart(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}y`)
}

/** `*` any text, `?` one character, `[abc]` one of them, `[!abc]` none of them. (Python's fnmatch) */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(
    /\[(!?)(\]?[^\]]*)\]|[\s\S]/g,
    (part: string, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`
      if (part === '*') return '[\\s\\S]*'
      return part === '?' ? '[\\s\\S]' : part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    }
  )
  return new RegExp(`^${source}$`)
}

/** Regular expressions of another realm count too. */
export function isPattern(value: unknown): value is string | RegExp {
  return typeof value === 'string' || types.isRegExp(value)
}
