// Starts a built program of the repository after setup, passing arguments, terminal and exit code through.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setup } from '../setup.mjs'
import { attach } from './run.mjs'
import { repository } from './workspaces.mjs'

/** @param {{ what: string, program: string }} target `program`: path of the built file from the root */
export async function launch({ what, program }, args) {
  if (!(await setup())) return 1
  const file = join(repository, program)
  if (existsSync(file)) return attach(process.execPath, [file, ...args], { cwd: repository })
  process.stderr.write(`${what}: ${program} does not exist; this checkout has no ${what} yet\n`)
  return 1
}
