import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BenchBroker } from './places.js'

const require = createRequire(import.meta.url)

/** What was measured with what. */
export function versions(broker: BenchBroker): string {
  const own = [`umbel ${versionOf('umbel')}`, `node ${process.versions.node}`]
  const library = LIBRARIES[broker]
  return [...own, ...(library === undefined ? [] : [`${library} ${versionOf(library)}`])].join(', ')
}

const LIBRARIES: Readonly<Partial<Record<BenchBroker, string>>> = {
  sqlite: 'libsql',
  redis: 'ioredis',
  rabbitmq: 'amqplib',
  postgres: 'pg'
}

/** Of the package that a name resolves to: not every package exports its manifest. */
function versionOf(name: string): string {
  for (let folder = dirname(require.resolve(name)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
  }
}
