import type { Settings } from '@umbel/app'
import { ImproperlyConfigured } from '@umbel/protocol'
import { suggest } from '@umbel/runtime'
import * as z from 'zod'
import { cpuCount } from './cpu-count.js'

/** Names of pools, with Celery's aliases; those of later parts are refused by name. */
const POOLS = {
  async: 'async',
  threads: 'threads',
  inline: 'inline',
  solo: 'inline',
  gevent: 'async',
  eventlet: 'async'
} as const
const LATER_POOLS: Readonly<Record<string, string>> = { prefork: 'prefork', processes: 'prefork', custom: 'custom' }

export type PoolName = keyof typeof POOLS

/** What users give to `app.worker()` and the command line; every field is optional. */
export interface WorkerOptions {
  /** `name`, or `name@host`. @default umbel@<host> */
  readonly hostname?: string | undefined
  /** Tasks at a time. @default workerConcurrency, else the number of CPUs */
  readonly concurrency?: number | undefined
  /** Where bodies run. @default 'async' with an application module, 'inline' without */
  readonly pool?: PoolName | undefined
  /** Queues to consume; created where missing. @default those of taskQueues, else the default queue */
  readonly queues?: readonly string[] | undefined
  readonly excludeQueues?: readonly string[] | undefined
  /** Further modules with tasks. */
  readonly include?: readonly string[] | undefined
  /** Hard limit for tasks without one, seconds. @default taskTimeLimit */
  readonly timeLimit?: number | undefined
  readonly softTimeLimit?: number | undefined
  /** Messages held per free slot. @default workerPrefetchMultiplier */
  readonly prefetchMultiplier?: number | undefined
  /** Seconds until another worker takes over what this one held when it dies. @default 6 */
  readonly lease?: number | undefined
  /** Seconds that `stop()` waits for running tasks. @default for ever */
  readonly shutdownTimeout?: number | undefined
  /** Bytes of a message's body above which it is not read but set aside. @default 64 MiB */
  readonly maxMessageSize?: number | undefined
}

export interface WorkerSettings {
  readonly concurrency: number
  readonly pool: 'async' | 'threads' | 'inline'
  readonly queues: readonly string[]
  readonly excludeQueues: readonly string[]
  readonly include: readonly string[]
  readonly timeLimit: number | undefined
  readonly softTimeLimit: number | undefined
  readonly prefetchMultiplier: number
  readonly lease: number | undefined
  readonly shutdownTimeout: number | undefined
  readonly maxMessageSize: number
}

const positive = z.number().positive()
const schema = z.strictObject({
  hostname: z.string().min(1).optional(),
  concurrency: z.int().min(0).optional(),
  pool: z.string().optional(),
  queues: z.array(z.string().min(1)).readonly().optional(),
  excludeQueues: z.array(z.string().min(1)).readonly().optional(),
  include: z.array(z.string()).readonly().optional(),
  timeLimit: positive.optional(),
  softTimeLimit: positive.optional(),
  prefetchMultiplier: z.number().min(0).optional(),
  lease: z.number().min(0.05).max(86_400).optional(),
  shutdownTimeout: z.number().min(0).optional(),
  maxMessageSize: z.int().positive().optional()
})

/**
 * @throws ImproperlyConfigured naming the option, what was expected and what came
 */
export function compileWorkerSettings(
  options: WorkerOptions,
  settings: Settings,
  { hasModule }: { hasModule: boolean }
): WorkerSettings {
  const given = check(options)
  const { timeLimit = settings.taskTimeLimit ?? undefined, softTimeLimit = settings.taskSoftTimeLimit ?? undefined } =
    given
  if (timeLimit !== undefined && softTimeLimit !== undefined && softTimeLimit > timeLimit) {
    throw new ImproperlyConfigured(
      `softTimeLimit must not be greater than timeLimit, got ${softTimeLimit} > ${timeLimit}`
    )
  }
  const name = given.pool ?? configuredPool(settings) ?? (hasModule ? 'async' : 'inline')
  const pool = poolOf(name)
  if (pool !== 'inline' && !hasModule) {
    throw new ImproperlyConfigured(
      `worker: the pool '${name}' runs tasks in threads that load the application anew: say where it is with module: { url: import.meta.url, attribute: 'app' }, or use the pool 'inline'`
    )
  }
  return {
    concurrency: name === 'solo' ? 1 : given.concurrency || settings.workerConcurrency || cpuCount(),
    pool,
    queues: given.queues ?? [],
    excludeQueues: given.excludeQueues ?? [],
    include: given.include ?? [],
    timeLimit,
    softTimeLimit,
    prefetchMultiplier: given.prefetchMultiplier ?? settings.workerPrefetchMultiplier,
    lease: given.lease,
    shutdownTimeout: given.shutdownTimeout,
    maxMessageSize: given.maxMessageSize ?? 64 * 2 ** 20
  }
}

/** What `workerPool` says; its default is no reason to refuse a worker without a module. */
function configuredPool({ workerPool }: Pick<Settings, 'workerPool'>): string | undefined {
  return typeof workerPool !== 'string' || workerPool === 'async' ? undefined : workerPool
}

function check(options: WorkerOptions): z.output<typeof schema> {
  const known = Object.keys(schema.shape)
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown !== undefined) {
    const near = suggest(unknown, known)
    throw new ImproperlyConfigured(
      `worker: there is no option '${unknown}'${near === undefined ? `; known: ${known.join(', ')}` : `; did you mean '${near}'?`}`
    )
  }
  const result = schema.safeParse(options)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const name = String(issue?.path[0])
  throw new ImproperlyConfigured(
    `worker option ${name}: ${issue?.message}, got ${JSON.stringify(options[name as keyof WorkerOptions])}`
  )
}

function poolOf(name: string): WorkerSettings['pool'] {
  if (Object.hasOwn(POOLS, name)) return POOLS[name as PoolName]
  const later = Object.hasOwn(LATER_POOLS, name) ? LATER_POOLS[name] : undefined
  if (later !== undefined) {
    const what = later === name ? `the pool '${name}'` : `the pool '${name}', which is '${later}',`
    throw new ImproperlyConfigured(`worker: ${what} is not built yet; use one of ${Object.keys(POOLS).join(', ')}`)
  }
  const near = suggest(name, Object.keys(POOLS))
  throw new ImproperlyConfigured(
    `worker: there is no pool '${name}'${near === undefined ? '' : `, did you mean '${near}'?`}; known: ${Object.keys(POOLS).join(', ')}`
  )
}
