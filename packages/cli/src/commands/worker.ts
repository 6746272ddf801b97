import { ImproperlyConfigured } from '@umbel/protocol'
import { compileWorkerSettings, LOG_LEVELS, type LogLevelName, type PoolName, type WorkerOptions } from '@umbel/worker'
import type { Command, Invocation } from '../command.js'
import { UsageError } from '../errors.js'
import type { LaterOption, Option } from '../options/option.js'
import { readChoice, readDuration, readList, readNumber, readText, readWhole } from '../options/readers.js'
import type { Application } from '../session.js'
import { nodePath } from '../worker/node-path.js'
import { WorkerProgram } from '../worker/program.js'

const hostname: Option<string> = {
  name: 'hostname',
  short: 'n',
  describe: "Name of the node, such as 'w1@%h' (%h host, %n its first part, %d its domain)",
  fallback: 'umbel@%h',
  read: readText
}
const loglevel: Option<LogLevelName> = {
  name: 'loglevel',
  short: 'l',
  describe: `Least level that is logged: ${LOG_LEVELS.join(', ')}`,
  fallback: 'warning',
  read: readChoice(LOG_LEVELS, { warn: 'warning', fatal: 'critical' })
}
const concurrency: Option<number> = {
  name: 'concurrency',
  short: 'c',
  describe: 'Tasks at a time; 0: as many as there are CPUs',
  fallback: 'number of CPUs',
  read: readWhole
}
const pool: Option<string> = {
  name: 'pool',
  short: 'P',
  describe: 'Where tasks run: async (several a thread), threads (one a thread), inline, solo (one, inline)',
  fallback: 'async',
  read: readText
}
const queues: Option<readonly string[]> = {
  name: 'queues',
  short: 'Q',
  describe: 'Queues to consume, with commas between',
  read: readList
}
const excludeQueues: Option<readonly string[]> = {
  name: 'exclude-queues',
  short: 'X',
  describe: 'Queues not to consume',
  read: readList
}
const include: Option<readonly string[]> = {
  name: 'include',
  short: 'I',
  describe: 'Further modules with tasks',
  read: readList
}
const timeLimit: Option<number> = {
  name: 'time-limit',
  describe: 'Hard time limit of tasks, seconds',
  read: readDuration
}
const softTimeLimit: Option<number> = {
  name: 'soft-time-limit',
  describe: 'Soft time limit of tasks, seconds',
  read: readDuration
}
const prefetchMultiplier: Option<number> = {
  name: 'prefetch-multiplier',
  describe: 'Messages held for each free slot; 0: without limit',
  fallback: '1',
  read: readWhole
}
const logfile: Option<string> = {
  name: 'logfile',
  short: 'f',
  describe: 'File that log lines are added to (%n, %h, %d as in --hostname)',
  fallback: 'standard error',
  read: readText
}
const pidfile: Option<string> = {
  name: 'pidfile',
  describe: 'File for the process id; a second worker with it ends at once, exit code 73',
  read: readText
}
const logFormat: Option<'text' | 'json'> = {
  name: 'log-format',
  describe: 'text, or json: one object a line',
  fallback: 'text',
  read: readChoice(['text', 'json'])
}
const lease: Option<number> = {
  name: 'lease',
  describe: 'Seconds until another worker takes over what this one held when it died',
  fallback: '6',
  read: readDuration
}
const shutdownTimeout: Option<number> = {
  name: 'shutdown-timeout',
  describe: 'Seconds that a warm shutdown waits for running tasks',
  fallback: 'for ever',
  read: readNumber
}

const later: readonly LaterOption[] = [
  { name: 'autoscale', instead: 'use -c/--concurrency' },
  { name: 'beat', short: 'B' },
  { name: 'schedule', short: 's', aliases: ['schedule-filename'] },
  { name: 'scheduler' },
  { name: 'detach', short: 'D', instead: 'start it with your service manager' },
  { name: 'uid' },
  { name: 'gid' },
  { name: 'umask' },
  { name: 'executable' },
  { name: 'statedb', short: 'S' },
  { name: 'task-events', short: 'E', aliases: ['events'] },
  { name: 'optimization', short: 'O', instead: 'a worker never takes more than it has free slots for' },
  { name: 'purge', aliases: ['discard'], instead: 'call umbel purge first' },
  { name: 'disable-prefetch', instead: 'use --prefetch-multiplier 1' },
  { name: 'max-tasks-per-child' },
  { name: 'max-memory-per-child' },
  { name: 'without-gossip' },
  { name: 'without-mingle' },
  { name: 'without-heartbeat' },
  { name: 'heartbeat-interval' }
]

/** (celery.bin.worker) */
export const worker: Command = {
  name: 'worker',
  describe: 'Start a worker.',
  options: [
    hostname,
    loglevel,
    concurrency,
    pool,
    queues,
    excludeQueues,
    include,
    timeLimit,
    softTimeLimit,
    prefetchMultiplier,
    logfile,
    pidfile,
    logFormat,
    lease,
    shutdownTimeout
  ],
  later,
  examples: [
    '-A ./tasks.ts worker -l info -c 8',
    '-A proj worker -Q hipri,lopri -n w1@%h',
    '-A proj worker -P threads --time-limit 60'
  ],
  run: async ({ values, session }) => {
    const application = await session.application()
    if (application.location === undefined && session.environment.application === undefined)
      throw new UsageError('umbel worker needs an application: umbel -A ./tasks.ts worker')
    const options = optionsFrom(values)
    await checkOptions(options, application)
    const program = new WorkerProgram(application, options, {
      terminal: session.terminal,
      level: values.get(loglevel) ?? 'warning',
      format: values.get(logFormat) ?? 'text',
      logfile: pathOf(values, logfile),
      pidfile: pathOf(values, pidfile)
    })
    return await program.run()
  }
}

function pathOf(values: Invocation['values'], option: Option<string>): string | undefined {
  const path = values.get(option)
  return path === undefined ? undefined : nodePath(path, values.get(hostname))
}

function optionsFrom(values: Invocation['values']): WorkerOptions {
  return {
    hostname: values.get(hostname),
    concurrency: values.get(concurrency),
    pool: values.get(pool) as PoolName | undefined,
    queues: values.get(queues),
    excludeQueues: values.get(excludeQueues),
    include: values.get(include),
    timeLimit: values.get(timeLimit),
    softTimeLimit: values.get(softTimeLimit),
    prefetchMultiplier: values.get(prefetchMultiplier),
    lease: values.get(lease),
    shutdownTimeout: values.get(shutdownTimeout)
  }
}

/** Tells a wrong option before anything is opened. */
async function checkOptions(options: WorkerOptions, { app, location }: Application): Promise<void> {
  const settings = await app.conf.load()
  try {
    compileWorkerSettings(options, settings, { hasModule: location !== undefined })
  } catch (thrown) {
    if (thrown instanceof ImproperlyConfigured) throw new UsageError(`umbel ${thrown.message}`, { cause: thrown })
    throw thrown
  }
}
