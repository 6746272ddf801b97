import type { ControlCommand } from '../command.js'
import { active } from './active.js'
import { hello } from './hello.js'
import { ping } from './ping.js'
import { queryTask } from './query-task.js'
import { registered } from './registered.js'
import { reserved } from './reserved.js'
import { revokeByStampedHeaders } from './revoke-by-stamped-headers.js'
import { revoke, terminate } from './revoke.js'
import { revoked } from './revoked.js'
import { scheduled } from './scheduled.js'
import { stats } from './stats.js'

/** What every worker knows. */
export const COMMANDS: readonly ControlCommand[] = [
  active,
  hello,
  ping,
  queryTask,
  registered,
  reserved,
  revoke,
  revokeByStampedHeaders,
  revoked,
  scheduled,
  stats,
  terminate
]
