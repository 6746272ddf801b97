import type { Readable, Writable } from 'node:stream'
import type { Umbel, UmbelOptions } from '@umbel/app'
import type { AppLocation } from '@umbel/worker'

export interface OutputStream extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface GivenApplication {
  readonly app: Umbel
  /** Where executor threads load it; without, tasks run inline. */
  readonly location?: AppLocation | undefined
}

/** What the command touches outside itself. The composition root brings the drivers with `createApp`. */
export interface CliEnvironment {
  /** An application with every driver wired, for use without `-A`. */
  readonly createApp: (options: UmbelOptions) => Umbel | Promise<Umbel>
  /** What `-A` stands for where it is not given: a script's own application, which stays open. */
  readonly application?: GivenApplication
  readonly stdin: Readable
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Variables; `--config` and its kin are written into it, so that executors see them too. */
  readonly env: Record<string, string | undefined>
  /** The one command of this program; `argv` then holds options only. */
  readonly command?: string
}
