// `npm run layers`: arrows only downwards, and nothing imported that is not declared. Exit code 1 lists every violation.
import { resolve } from 'node:path'
import { violations } from './layers/rules.mjs'
import { readArguments } from './lib/arguments.mjs'
import { repository, workspaces } from './lib/workspaces.mjs'

const usage = `npm run layers [-- <folder of a repository>]

Arrows only downwards, and nothing imported that is not declared; lists every violation.`

const { operands } = readArguments(usage, {}, { operands: true })
const root = resolve(operands[0] ?? repository)
const found = violations(root)
for (const sentence of found) process.stdout.write(`${sentence}\n`)
process.stdout.write(`layers: ${workspaces(root).length} workspaces, ${found.length} violations\n`)
process.exitCode = found.length > 0 ? 1 : 0
