// `npm run layers`: arrows only downwards, and nothing imported that is not declared. Exit code 1 lists every violation.
import { resolve } from 'node:path'
import { violations } from './layers/rules.mjs'
import { repository, workspaces } from './lib/workspaces.mjs'

const root = resolve(process.argv[2] ?? repository)
const found = violations(root)
for (const sentence of found) process.stdout.write(`${sentence}\n`)
process.stdout.write(`layers: ${workspaces(root).length} workspaces, ${found.length} violations\n`)
process.exitCode = found.length > 0 ? 1 : 0
