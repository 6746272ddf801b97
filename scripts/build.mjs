// Builds one workspace package: removes output whose source is gone (a deleted test would keep running), then `tsc --build`.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readArguments } from './lib/arguments.mjs'
import { pruneOutput } from './lib/prune.mjs'

readArguments(
  'npm run build\n\nBuilds the package in whose folder it is called, with what it needs; without what has no source any more.'
)
pruneOutput(process.cwd())

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
process.exit(spawnSync(process.execPath, [tsc, '--build'], { stdio: 'inherit' }).status ?? 1)
