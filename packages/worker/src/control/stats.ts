import type { Umbel } from '@umbel/app'
import type { WorkerStats } from '@umbel/control'
import type { Pool } from '@umbel/pool'
import type { LamportClock } from '@umbel/runtime'
import { BrokerUrl } from '@umbel/transport'
import type { WorkerSettings } from '../settings.js'

export interface StatsSources {
  readonly app: Umbel
  readonly settings: WorkerSettings
  readonly clock: LamportClock
  readonly pool: Pool
  /** How many tasks of each name have begun. */
  readonly totals: () => Readonly<Record<string, number>>
  readonly prefetch: () => number
  /** Monotonic milliseconds. */
  readonly startedAt: number
}

/** What a worker says of itself, in Celery's shape. (WorkController.stats) */
export function workerStats({ app, settings, clock, pool, totals, prefetch, startedAt }: StatsSources): WorkerStats {
  return {
    total: totals(),
    pid: process.pid,
    clock: String(clock.value),
    uptime: Math.round((app.services.clock.monotonic() - startedAt) / 1000),
    pool: poolStats(pool, settings),
    broker: brokerStats(app),
    prefetch_count: prefetch(),
    rusage: resourceUsage()
  }
}

function poolStats(pool: Pool, { softTimeLimit, timeLimit, pool: kind }: WorkerSettings): WorkerStats['pool'] {
  const { slots, executors } = pool.info()
  return {
    implementation: `umbel.pool:${kind}`,
    'max-concurrency': slots,
    processes: executors.map(({ id }) => id),
    'max-tasks-per-child': 'N/A',
    'put-guarded-by-semaphore': false,
    timeouts: [softTimeLimit ?? 0, timeLimit ?? 0],
    writes: { total: 'N/A' }
  }
}

/** The connection as it is configured, without its password. (kombu.Connection.info) */
function brokerStats({ services }: Umbel): WorkerStats['broker'] {
  const settings = services.settings()
  const url = BrokerUrl.parse(services.brokerUrl())
  return {
    hostname: url.host ?? null,
    userid: url.user ?? null,
    virtual_host: url.vhost ?? '/',
    port: url.port ?? null,
    insist: false,
    ssl: settings.brokerUseSsl !== false || url.scheme === 'rediss' || url.scheme === 'amqps',
    transport: url.scheme,
    connect_timeout: settings.brokerConnectionTimeout,
    transport_options: Object.fromEntries(Object.entries(settings.brokerTransportOptions).filter(isPlain)),
    login_method: settings.brokerLoginMethod ?? null,
    uri_prefix: null,
    heartbeat: settings.brokerHeartbeat,
    failover_strategy:
      typeof settings.brokerFailoverStrategy === 'string' ? settings.brokerFailoverStrategy : 'round-robin',
    alternates: url.alternates.map(({ redacted }) => redacted),
    credential_provider: null
  }
}

/** Deeper ones hold passwords and certificates. */
function isPlain([name, value]: readonly [string, unknown]): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) && !/pass|secret|token|credential/i.test(name)
}

/** In getrusage's names and units: seconds, and kilobytes. */
function resourceUsage(): Readonly<Record<string, number>> {
  const usage = process.resourceUsage()
  return {
    utime: usage.userCPUTime / 1e6,
    stime: usage.systemCPUTime / 1e6,
    maxrss: usage.maxRSS,
    ixrss: usage.sharedMemorySize,
    idrss: usage.unsharedDataSize,
    isrss: usage.unsharedStackSize,
    minflt: usage.minorPageFault,
    majflt: usage.majorPageFault,
    nswap: usage.swappedOut,
    inblock: usage.fsRead,
    oublock: usage.fsWrite,
    msgsnd: usage.ipcSent,
    msgrcv: usage.ipcReceived,
    nsignals: usage.signalsCount,
    nvcsw: usage.voluntaryContextSwitches,
    nivcsw: usage.involuntaryContextSwitches
  }
}
