import type { WriteCodecs } from '@umbel/protocol'
import type { Clock } from '@umbel/runtime'
import type { Router } from '../routing/index.js'
import type { Settings } from '../settings/index.js'
import type { Attributes } from './attributes.js'

/** What composing a message depends on beside the call itself. */
export interface ComposeEnvironment {
  readonly settings: Settings
  readonly attributes: Attributes
  readonly router: Router
  readonly codecs: WriteCodecs
  readonly clock: Clock
  /** `gen<pid>@<host>`. */
  readonly origin: string
  /** Queue of this client's replies, or ''. */
  readonly replyTo: string
  /** Minutes that the application's time zone is ahead of UTC at an instant. */
  readonly offsetAt: (milliseconds: number) => number
  /** Told of calls that make little sense. */
  readonly warn: (message: string) => void
}
