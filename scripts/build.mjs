// Builds one workspace package: removes output whose source is gone (a deleted test would keep running), then `tsc --build`.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = join(process.cwd(), 'dist')

for (const folder of ['src', 'test', 'bench']) {
  for (const file of filesBelow(join(dist, folder))) {
    const source = relative(dist, file).replace(
      /(\.d\.([mc]?)ts|\.([mc]?)js)(\.map)?$/,
      (_match, _whole, d, j) => `.${d ?? j ?? ''}ts`
    )
    if (!existsSync(join(process.cwd(), source))) rmSync(file)
  }
}

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
process.exit(spawnSync(process.execPath, [tsc, '--build'], { stdio: 'inherit' }).status ?? 1)

function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(d\.[mc]?ts|[mc]?js)(\.map)?$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
}
