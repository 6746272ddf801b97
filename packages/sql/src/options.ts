import { type Clock, systemClock } from '@umbel/runtime'

export interface DatabaseOptions {
  /** How long a write waits for other processes' writes, and a server may be silent, seconds. @default 10 */
  readonly busyTimeout?: number
  /** How long opening waits for a lock that others hold, or for a server, seconds. @default busyTimeout */
  readonly openTimeout?: number
  /** Most connections to a server at a time, one of them for news. PostgreSQL only. @default 5 */
  readonly poolSize?: number
  /** SQLite only: `normal` survives the end of a process, `full` also a loss of power (and costs a disk sync per commit). @default 'normal' */
  readonly synchronous?: 'normal' | 'full'
  readonly clock?: Clock
  /** A number in [0, 1). @default Math.random */
  readonly random?: () => number
  /** Where relative paths and the search for package.json start. @default process.cwd() */
  readonly cwd?: string
  /** Where `UMBEL_DB` is read. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface DatabaseSettings {
  readonly busyTimeout: number
  readonly openTimeout: number
  readonly poolSize: number
  readonly synchronous: 'normal' | 'full'
  readonly clock: Clock
  readonly random: () => number
}

export function compileDatabaseOptions(options: DatabaseOptions): DatabaseSettings {
  const { busyTimeout = 10, openTimeout = busyTimeout } = options
  return {
    busyTimeout,
    openTimeout,
    // One listens: with less than two nobody could write.
    poolSize: Math.max(2, options.poolSize ?? 5),
    synchronous: options.synchronous ?? 'normal',
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random
  }
}
