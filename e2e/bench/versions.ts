import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** What was measured with what. */
export function versions(broker: 'memory' | 'sqlite'): string {
  const own = [`umbel ${versionOf('umbel')}`, `node ${process.versions.node}`]
  return [...own, ...(broker === 'sqlite' ? [`libsql ${versionOf('libsql')}`] : [])].join(', ')
}

/** Of the package that a name resolves to: not every package exports its manifest. */
function versionOf(name: string): string {
  for (let folder = dirname(require.resolve(name)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
  }
}
