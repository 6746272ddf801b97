import { currentApp as current, type Umbel as App } from '@umbel/app'
import { Umbel } from './umbel.js'

/**
 * The application that is meant where none is named: this thread's current one (the last that was made, or `app.setCurrent()`), else
 * its default one, else one named `default` with every driver. Prefer to hand the application on. (celery.current_app)
 */
export function currentApp(): App {
  return current(() => new Umbel('default', { setAsCurrent: false }))
}

/** The application given, or the current one. (celery.app.app_or_default) */
export function appOrDefault(app?: App): App {
  return app ?? currentApp()
}
