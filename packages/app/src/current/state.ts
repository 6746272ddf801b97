import { isUmbel } from '../brand.js'
import type { Umbel } from '../umbel.js'

interface CurrentApps {
  current?: Umbel | undefined
  fallback?: Umbel | undefined
}

const HOME = Symbol.for('umbel.currentApps')

/** What this thread has set; the current one before the default. */
export function currentOrDefault(): Umbel | undefined {
  const { current, fallback } = home()
  return current ?? fallback
}

/** undefined: none any more. */
export function setCurrentApp(app: object | undefined): void {
  home().current = isUmbel(app) ? app : undefined
}

export function setDefaultApp(app: object | undefined): void {
  home().fallback = isUmbel(app) ? app : undefined
}

/**
 * The one exception to "no module keeps state", as in Celery: it belongs to the thread, not to this module, since an application
 * and a library may have two copies of it.
 */
function home(): CurrentApps {
  const thread = globalThis as { [HOME]?: CurrentApps }
  thread[HOME] ??= {}
  return thread[HOME]
}
