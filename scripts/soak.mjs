// `npm run soak`: the tests that take too long for `npm test`: e2e files whose name holds "soak", with UMBEL_SOAK=1.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { passedArguments } from './lib/arguments.mjs'
import { attach } from './lib/run.mjs'
import { filesBelow, repository } from './lib/workspaces.mjs'
import { setup } from './setup.mjs'
import { lackingLines, serversFor } from './testing/servers.mjs'
import { suitesOf } from './testing/suites.mjs'

// The name of the file alone: a checkout may lie in a folder of that name.
const soakFile = 'soak[^/]*\\.test\\.js$'

const usage = `npm run soak [-- <arguments of jest>]

Runs the tests that take too long for npm test. npm run soak -- seams runs the files of that name.`

process.exitCode = await soak(passedArguments(usage))

async function soak(args) {
  const servers = serversFor(
    suitesOf(repository).filter(({ path }) => path === 'e2e'),
    { say }
  )
  if (!(await setup())) {
    await servers.stop()
    return 1
  }
  const { answer, ...gaps } = await servers.around(able => (able.length > 0 ? runSoak(args) : 1))
  for (const line of lackingLines(gaps)) say(line)
  return answer
}

async function runSoak(args) {
  const folder = join(repository, 'e2e')
  const jest = join(repository, 'scripts/jest.mjs')
  const suites = filesBelow(join(folder, 'dist/test')).filter(file => new RegExp(soakFile).test(file))
  if (!existsSync(folder) || suites.length === 0) {
    process.stderr.write('soak: e2e/test holds no soak suite; this checkout has none yet\n')
    return 1
  }
  const env = { ...process.env, UMBEL_SOAK: '1' }
  return attach(process.execPath, [jest, '--runInBand', ...(args.length > 0 ? args : [soakFile])], { cwd: folder, env })
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
