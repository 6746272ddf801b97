// Runs test suites, tells how they went, keeps their results.
import { atMost } from '../lib/run.mjs'
import { workTree } from '../lib/work-tree.mjs'
import { forgetResults, saveResults } from './results.mjs'
import { runSuite } from './suites.mjs'

const together = 2
const timeouts = { e2e: 900, other: 240 }

/**
 * Runs the suites, two at a time, e2e alone at the end; `say(line)` hears the progress.
 * Results are kept only of whole suites, and only if the sources stayed the same meanwhile.
 * @returns the totals `{ passed, failed, skipped }`
 */
export async function runSuites(suites, { root, jestArgs = [], say }) {
  const state = workTree(root)
  const one = async suite => {
    forgetResults(root, suite)
    const timeout = timeouts[suite.path] ?? timeouts.other
    const summary = await runSuite(suite, { root, jestArgs, timeout })
    report(suite, summary, say)
    return { workspace: suite, summary }
  }
  const small = await atMost(
    together,
    suites.filter(({ path }) => path !== 'e2e'),
    one
  )
  const alone = await atMost(
    1,
    suites.filter(({ path }) => path === 'e2e'),
    one
  )
  const outcomes = [...small, ...alone]
  if (jestArgs.length === 0) keep(outcomes, { root, state, say })
  const sum = key => outcomes.reduce((total, { summary }) => total + summary[key], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

function keep(outcomes, { root, state, say }) {
  if (state.tree !== workTree(root).tree) {
    say('note: the sources changed while the tests ran; these results are not kept for `npm run parity`')
    return
  }
  for (const outcome of outcomes) saveResults(root, state, outcome)
}

function report({ path }, { passed, failed, skipped, files, seconds, trouble, tables = [] }, say) {
  if (files.length === 0 && !trouble) return
  const skips = skipped > 0 ? `, ${skipped} skipped` : ''
  const mark = failed > 0 ? 'FAIL' : 'ok  '
  say(`${mark} ${path.padEnd(24)} ${passed} passed, ${failed} failed${skips} (${seconds.toFixed(1)} s)`)
  for (const table of tables) say(`\n${indented(table)}\n`)
  for (const { file, tests } of files) {
    for (const test of tests.filter(({ status }) => status === 'failed')) {
      say(`\n  ✗ ${file}: ${test.fullName}\n${indented(test.failure)}\n`)
    }
  }
  if (trouble) say(`\n  ✗ ${path}: ${indented(trouble).trim()}\n`)
}

function indented(text) {
  return text.replace(/^/gm, '    ')
}
