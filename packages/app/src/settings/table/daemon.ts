import * as z from 'zod'
import { type Kind, optional, text } from '../kinds.js'
import { built } from '../setting.js'

const idOrName: Kind<string | number> = {
  expected: 'a number or a name',
  cast: 'string',
  schema: z.union([z.string(), z.int().min(0)])
}

/** What a daemon asks for by name when the command line does not say it. (celery.bin.base.CeleryDaemonCommand) */
export const daemonSettings = {
  worker_logfile: built(optional(text), undefined, { old: ['CELERYD_LOG_FILE', 'CELERYD_LOGFILE'] }),
  worker_pidfile: built(optional(text), undefined, { old: ['CELERYD_PID_FILE', 'CELERYD_PIDFILE'] }),
  worker_uid: built(optional(idOrName), undefined),
  worker_gid: built(optional(idOrName), undefined),
  worker_umask: built(optional(idOrName), undefined),
  worker_executable: built(optional(text), undefined),

  beat_logfile: built(optional(text), undefined, { old: ['CELERYBEAT_LOG_FILE', 'CELERYBEAT_LOGFILE'] }),
  beat_pidfile: built(optional(text), undefined, { old: ['CELERYBEAT_PID_FILE', 'CELERYBEAT_PIDFILE'] }),
  beat_uid: built(optional(idOrName), undefined),
  beat_gid: built(optional(idOrName), undefined),
  beat_umask: built(optional(idOrName), undefined),
  beat_executable: built(optional(text), undefined),

  events_logfile: built(optional(text), undefined),
  events_pidfile: built(optional(text), undefined),
  events_uid: built(optional(idOrName), undefined),
  events_gid: built(optional(idOrName), undefined),
  events_umask: built(optional(idOrName), undefined),
  events_executable: built(optional(text), undefined)
}
