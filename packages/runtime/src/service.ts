/**
 * A part with a life of its own. Starting twice starts once; `stop` before `start`, twice, or during
 * `start` is fine; after `stop` resolved no timer, listener or promise of the service remains.
 */
export interface Service {
  readonly name: string
  /** Resolves when the service does its work. The signal aborts a start under way. */
  start(signal: AbortSignal): Promise<void>
  /** Take no new work; finish what is there. */
  quiet?(): void
  stop(): Promise<void>
  /** End at once, finished or not. */
  terminate?(): Promise<void>
}

/** How one service is made for a blueprint. */
export interface Step<Context> {
  readonly name: string
  /** Names of steps that must be started before and stopped after this one. */
  readonly requires?: readonly string[]
  includeIf?(context: Context): boolean
  create(context: Context): Service
}
