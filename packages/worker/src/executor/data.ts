import type { Umbel } from '@umbel/app'

/** What an executor is told when it is made; must clone for threads. */
export interface ExecutorData {
  /** The application itself, where the executor shares the worker's thread. */
  readonly app?: Umbel
  /** Where to load it from, where it does not. */
  readonly module?: AppLocation
  readonly hostname: string
  /** Least level that is logged, and the file; for `request`. */
  readonly loglevel?: string | undefined
  readonly logfile?: string | undefined
  /** The process is the worker's alone. @default false */
  readonly ownsProcess?: boolean
  /** What to name in errors: where messages and results live. */
  readonly where: string
  /** Queue of the replies to what tasks send, where results are replies. */
  readonly replyTo?: string | undefined
  /** Loaded beside the application's own. (-I) */
  readonly include: readonly string[]
}

/** A module and the name of its export that is the application. */
export interface AppLocation {
  /** file: URL. */
  readonly url: string
  readonly attribute: string
}
