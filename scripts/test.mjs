// `npm test`: everything that proves the packages, in a few minutes. `npm test -- protocol`, `npm test -- protocol time -t zone`,
// `npm test -- some-file` narrow it down. The last line is `N passed, N failed`, with `, N skipped` where some were.
import { passedArguments } from './lib/arguments.mjs'
import { endChildrenOnSignals } from './lib/run.mjs'
import { repository } from './lib/workspaces.mjs'
import { setup } from './setup.mjs'
import { runSuites } from './testing/run.mjs'
import { lackingLines, serversFor } from './testing/servers.mjs'
import { chooseSuites, suitesOf } from './testing/suites.mjs'

const usage = `npm test [-- --without-services] [<workspace> ...] [<arguments of jest>]

All tests, or those of workspaces: npm test -- protocol; of files: npm test -- protocol time; by title: npm test -- app -t zone.
Starts the servers that tests need (see npm run services -- --help). Where one cannot be had the other tests run, and it
counts as a failure; with --without-services it does not.
Ends with a line "N passed, N failed".`

const given = passedArguments(usage)
endChildrenOnSignals()
const lenient = given[0] === '--without-services'
const { passed, failed, skipped } = await test(lenient ? given.slice(1) : given)
say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

async function test(args) {
  const suites = suitesOf(repository)
  const { chosen, jestArgs } = chooseSuites(suites, args)
  const packages = chosen.filter(({ tests }) => !tests).map(({ name }) => name)
  const servers = serversFor(chosen, { say })
  if (!(await setup({ packages: chosen === suites ? undefined : packages }))) {
    await servers.stop()
    say('\nNothing was tested: setup failed.')
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const run = able => runSuites(able, { root: repository, jestArgs, say })
  const { answer, ...gaps } = await servers.around(run)
  for (const line of lackingLines(gaps)) say(line)
  const totals = lenient ? answer : { ...answer, failed: answer.failed + gaps.lacking.length }
  if (totals.passed + totals.failed > 0 || args.length === 0) return totals
  say(`No test matches ${args.join(' ')}. Workspaces: ${suites.map(({ short }) => short).join(', ')}.`)
  return { ...totals, failed: 1 }
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
