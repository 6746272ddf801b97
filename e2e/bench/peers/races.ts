import type { PeerBroker } from './celery.js'
import {
  bullmq,
  bullmqRoundTrips,
  celery,
  celeryRoundTrips,
  type Contestant,
  floor,
  umbelRates,
  umbelTrips
} from './contestants.js'

/** Ours to somebody else's, by name. (design.md 2) */
export type Targets = Readonly<Record<string, number>>

export interface Row {
  /** Of the figures of a contestant. */
  readonly figure: string
  readonly title: string
  readonly unit: string
  /** 'more' is better, or 'less'. */
  readonly better: 'more' | 'less'
  readonly targets: Targets
  /** The figure of those who have none of that name. */
  readonly against?: string
}

/** Programs that run side by side, and what is read from them. */
export interface Race {
  readonly broker: PeerBroker
  readonly contestants: readonly Contestant[]
  readonly rows: readonly Row[]
}

const rate = { unit: '/s', better: 'more' } as const
const drain = { figure: 'drain', title: 'drain', ...rate }
const publish = { figure: 'publish', title: 'publish', ...rate }
/** What is told without a target. */
const more: readonly Row[] = [
  { figure: 'pooled', title: 'drain, default pool', ...rate, targets: {}, against: 'drain' }
]
const trips: readonly Row[] = [
  { figure: 'p50', title: 'round trip p50', unit: ' ms', better: 'less', targets: { celery: 0.5, bullmq: 0.5 } },
  { figure: 'p99', title: 'round trip p99', unit: ' ms', better: 'less', targets: { celery: 0.5, bullmq: 0.5 } },
  { figure: 'chord', title: 'chord of 1,000', unit: ' s', better: 'less', targets: { celery: 0.1 } }
]

export const races: readonly Race[] = [
  {
    broker: 'redis',
    contestants: [floor('redis'), umbelRates('redis'), bullmq(), celery('redis')],
    rows: [
      { ...drain, targets: { floor: 0.7, bullmq: 2, celery: 15 } },
      { figure: 'stored', title: 'drain, results stored', ...rate, targets: { floor: 0.7 } },
      ...more,
      { ...publish, targets: { floor: 0.5, bullmq: 1.5 } }
    ]
  },
  {
    broker: 'rabbitmq',
    contestants: [floor('rabbitmq'), umbelRates('rabbitmq'), celery('rabbitmq')],
    rows: [
      { ...drain, targets: { floor: 0.7, celery: 8 } },
      { figure: 'stored', title: 'drain, results stored', ...rate, targets: {}, against: 'drain' },
      ...more,
      { ...publish, targets: { floor: 0.8 } }
    ]
  },
  {
    broker: 'redis',
    contestants: [umbelTrips('redis'), bullmqRoundTrips(), celeryRoundTrips('redis')],
    rows: trips
  },
  {
    broker: 'rabbitmq',
    contestants: [umbelTrips('rabbitmq'), celeryRoundTrips('rabbitmq')],
    rows: trips.map(row => ({ ...row, targets: {} }))
  }
]
