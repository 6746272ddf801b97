import type { OwnStores } from '../gateway/task-stores.js'
import type { TaskRegistry } from '../task/registry.js'

/** What tasks name as `backend`; the application's own store is none. */
export function ownStores(tasks: TaskRegistry, main: string | undefined): OwnStores {
  const urlOf = (url: string | undefined): string | undefined => (url === main ? undefined : url)
  return {
    urlOf: task => urlOf(tasks.find(task)?.definition.settings.backend),
    urls: () => {
      const named = [...tasks].map(({ definition }) => urlOf(definition.settings.backend))
      return [...new Set(named)].filter(url => url !== undefined)
    }
  }
}
