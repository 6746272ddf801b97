import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

export type BenchBroker = 'memory' | 'sqlite' | 'redis' | 'rabbitmq' | 'postgres'

/** Of the servers that scripts/bench.mjs starts. */
export function serverUrl(name: 'redis' | 'rabbitmq' | 'postgres'): string {
  const url = process.env[`UMBEL_TEST_${name.toUpperCase()}`]
  if (url === undefined) throw new Error(`there is no ${name}: start this by npm run bench`)
  return url
}

/** Where messages and results of one run go, for its programs. */
export function placeOf(broker: BenchBroker, folder: string): NodeJS.ProcessEnv {
  const [messages, results] = urls(broker)
  return {
    UMBEL_DB: join(folder, 'umbel.db'),
    BENCH_BROKER_URL: messages,
    BENCH_BACKEND_URL: results,
    BENCH_QUEUE: `bench-${randomUUID()}`
  }
}

/** RabbitMQ's results are in Redis, as most people have it. */
function urls(broker: BenchBroker): readonly [string, string] {
  if (broker === 'memory' || broker === 'sqlite') return [`${broker}://`, `${broker}://`]
  const url = serverUrl(broker)
  return [url, broker === 'rabbitmq' ? serverUrl('redis') : url]
}
