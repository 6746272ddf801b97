import type { Readable, Writable } from 'node:stream'
import type { Umbel, UmbelOptions } from '@umbel/app'

export interface OutputStream extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** What the command touches outside itself. The composition root brings the drivers with `createApp`. */
export interface CliEnvironment {
  /** An application with every driver wired, for use without `-A`. */
  readonly createApp: (options: UmbelOptions) => Umbel | Promise<Umbel>
  readonly stdin: Readable
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Variables; `--config` and its kin are written into it, so that executors see them too. */
  readonly env: Record<string, string | undefined>
  /** The one command of this program; `argv` then holds options only. */
  readonly command?: string
}
