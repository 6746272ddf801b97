import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** Where messages and results of the demo go: variables for all of its processes, and what a person is told. */
export interface Choice {
  readonly environment: Readonly<Record<string, string>>
  readonly said: string
}

/** Brokers that keep results, too. */
const STORES = /^(redis|rediss|sentinel|redis\+socket|postgres|postgresql|sqlite):/

/** `--broker <url> --backend <url>`. @throws Error naming what was wrong */
export function choose(words: readonly string[], home: string): Choice {
  const { broker, ...given } = read(words)
  const backend = given.backend ?? given['result-backend'] ?? resultsOf(broker)
  for (const url of [broker, backend]) refuseMemory(url)
  const database = join(home, 'umbel.db')
  const environment = {
    UMBEL_DB: database,
    DEMO_STORES: /^(rpc|amqp)/.test(backend ?? '') ? '0' : '1',
    CELERY_BROKER_URL: broker ?? '',
    CELERY_RESULT_BACKEND: backend ?? ''
  }
  const place = (url: string): string => (url === 'sqlite://' ? database : redacted(url))
  const [messages, results] = [place(broker ?? 'sqlite://'), place(backend ?? 'sqlite://')]
  const said =
    messages === results ? `messages and results in ${messages}` : `messages in ${messages}, results in ${results}`
  return { environment, said }
}

function read(words: readonly string[]) {
  const text = { type: 'string' } as const
  const options = { broker: { ...text, short: 'b' }, backend: text, 'result-backend': text } as const
  return parseArgs({ args: [...words], options }).values
}

/** An SQLite file keeps the results of a broker that keeps none. */
function resultsOf(broker: string | undefined): string | undefined {
  if (broker === undefined) return undefined
  return STORES.test(broker) ? broker : 'sqlite://'
}

function refuseMemory(url: string | undefined): void {
  if (!url?.startsWith('memory')) return
  throw new Error(`${url} lives in one process, and the demo has several: give a URL of Redis, RabbitMQ or PostgreSQL`)
}

/** Without passwords; a list has several. */
function redacted(url: string): string {
  return url.replaceAll(/(:\/\/[^:/@;]*):[^@/;]*@/g, '$1:**@')
}
