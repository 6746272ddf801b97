import { measure, type Setup, startUp } from './measure.js'
import type { BenchBroker } from './places.js'
import type { Figures } from './program.js'

export interface Limit {
  readonly atLeast?: number
  readonly atMost?: number
}

/** One figure of a benchmark, as a row of the table. */
export interface Figure {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly limit?: Limit
}

export interface Benchmark {
  readonly setup: Setup
  /** Where client and worker live. */
  readonly processes: 'one process' | 'two processes'
  readonly run: () => Promise<Figures>
  readonly figures: readonly Figure[]
}

const CONCURRENCY = 8
const DRAIN_TARGETS = { inline: { atLeast: 5000 }, async: { atLeast: 3000 } }

const SERVERS = ['redis', 'rabbitmq', 'postgres'] as const

/** What is measured, for each broker and pool. */
export function plan(): readonly Benchmark[] {
  const setups = setupsOf(['memory', 'sqlite'])
  const served = setupsOf(SERVERS)
  return [
    ...setups.map(setup => rates({ ...setup, results: false })),
    ...setups.map(setup => rates({ ...setup, results: true })),
    ...setups.map(setup => rates({ ...setup, results: true, ack: 'early' })),
    ...setups.map(setup => latency({ ...setup, results: true })),
    ...setups.map(setup => start({ ...setup, results: true })),
    ...setups.map(setup => memory({ ...setup, results: false })),
    ...served.flatMap(setup => [rates({ ...setup, results: false }), rates({ ...setup, results: true })]),
    ...served.map(setup => latency({ ...setup, results: true }))
  ]
}

function setupsOf(brokers: readonly BenchBroker[]): readonly Omit<Setup, 'results'>[] {
  return brokers.flatMap(broker =>
    (['inline', 'async'] as const).map(pool => ({ broker, pool, concurrency: CONCURRENCY, ack: 'late' as const }))
  )
}

function rates(setup: Setup): Benchmark {
  const counted = setup.broker === 'sqlite' && !setup.results
  const target = counted ? { limit: DRAIN_TARGETS[setup.pool] } : {}
  const drain = { name: 'drain', title: 'drain', unit: '/s', ...target }
  return {
    setup,
    processes: 'one process',
    run: () => measure('rates', setup, { count: 20_000 }),
    figures: [{ name: 'publish', title: 'publish', unit: '/s' }, drain]
  }
}

function latency(setup: Setup): Benchmark {
  const apart = setup.broker !== 'memory'
  return {
    setup,
    processes: apart ? 'two processes' : 'one process',
    run: () => measure('latency', setup, { apart }),
    figures: [
      {
        name: 'p50',
        title: 'round trip p50',
        unit: ' ms',
        ...(setup.broker === 'sqlite' ? { limit: { atMost: 5 } } : {})
      },
      { name: 'p99', title: 'round trip p99', unit: ' ms' },
      { name: 'chord', title: 'chord of 1,000', unit: ' s' }
    ]
  }
}

function start(setup: Setup): Benchmark {
  return {
    setup,
    processes: 'one process',
    run: () => startUp(setup),
    figures: [{ name: 'ready', title: 'start-up', unit: ' s', limit: { atMost: 1 } }]
  }
}

function memory(setup: Setup): Benchmark {
  return {
    setup,
    processes: 'one process',
    run: () => measure('memory', setup, { count: 200_000 }),
    figures: [
      { name: 'slope', title: 'memory slope, 200,000 tasks', unit: ' B/task', limit: { atMost: 50 } },
      { name: 'rss', title: 'memory at the end', unit: ' MiB' }
    ]
  }
}
