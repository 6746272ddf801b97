import type { Settings } from './table.js'

/** What a background process is told by settings; the command line goes before. */
export interface DaemonOptions {
  readonly logfile: string | undefined
  readonly pidfile: string | undefined
  readonly uid: string | number | undefined
  readonly gid: string | number | undefined
  readonly umask: string | number | undefined
  readonly executable: string | undefined
}

/** `worker_logfile` and its kin, by the name of the program. (celery.bin.base.CeleryDaemonCommand) */
export function daemonOptions(settings: Settings, program: 'worker' | 'beat' | 'events'): DaemonOptions {
  return {
    logfile: settings[`${program}Logfile`],
    pidfile: settings[`${program}Pidfile`],
    uid: settings[`${program}Uid`],
    gid: settings[`${program}Gid`],
    umask: settings[`${program}Umask`],
    executable: settings[`${program}Executable`]
  }
}
