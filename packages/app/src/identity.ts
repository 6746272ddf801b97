import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { APP_BRAND } from './brand.js'
import { setCurrentApp, setDefaultApp } from './current/state.js'

/** What tells an application from others, and makes it the one that is meant where none is named. */
export abstract class Identity {
  readonly main: string
  /** Tells this application from others of its name. */
  readonly oid = randomUUID()
  readonly [APP_BRAND] = true

  constructor(main: string) {
    this.main = main
  }

  /** Is `currentApp()` of this thread from now on. (set_current) */
  setCurrent(): void {
    setCurrentApp(this)
  }

  /** Is `currentApp()` where a thread has no current one. (set_default) */
  setDefault(): void {
    setDefaultApp(this)
  }

  toString(): string {
    return `<${this.constructor.name} ${this.main} at ${this.oid}>`
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
