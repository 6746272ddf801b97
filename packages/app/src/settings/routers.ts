import type { RouterLike, TaskRoutes } from '../routing/options.js'
import { isImportPath, isRouterList } from '../routing/prepare.js'
import type { Settings } from './table.js'

/** Loads the routers that `taskRoutes` names by import path; answers how many. */
export async function loadRouters(
  routes: TaskRoutes | undefined,
  loaded: Map<string, unknown>,
  importSymbol: (path: string) => Promise<unknown>
): Promise<number> {
  const missing = listOf(routes)
    .filter(isImportPath)
    .filter(path => !loaded.has(path))
  for (const path of missing) loaded.set(path, await importSymbol(path))
  return missing.length
}

/** The settings with routers in the place of their import paths. */
export function withLoadedRouters(settings: Settings, loaded: ReadonlyMap<string, unknown>): Settings {
  const routers = listOf(settings.taskRoutes)
  if (!routers.some(router => isImportPath(router) && loaded.has(router))) return settings
  const found = routers.map(router => (isImportPath(router) && loaded.has(router) ? loaded.get(router) : router))
  return Object.freeze({ ...settings, taskRoutes: found as readonly RouterLike[] })
}

function listOf(routes: TaskRoutes | undefined): readonly RouterLike[] {
  if (routes === undefined) return []
  return isRouterList(routes) ? routes : [routes as RouterLike]
}
