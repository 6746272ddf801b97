import { Umbel } from '../umbel.js'
import { currentOrDefault, setDefaultApp } from './state.js'

/**
 * The application that is meant where none is named: this thread's current one (the last that was made, or `app.setCurrent()`), else
 * its default one (`app.setDefault()`), else a default application named `default`, which `create` makes and which stays.
 * Prefer to hand the application on. (celery.current_app)
 */
export function currentApp(create: () => Umbel = () => new Umbel('default', { setAsCurrent: false })): Umbel {
  const found = currentOrDefault()
  if (found !== undefined) return found
  const made = create()
  setDefaultApp(made)
  return made
}

/** The application given, or the current one. (celery.app.app_or_default) */
export function appOrDefault(app?: Umbel, create?: () => Umbel): Umbel {
  return app ?? currentApp(create)
}
