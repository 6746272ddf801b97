// `npm run parity`: which of Celery's features our tests prove. Uses the results of this very tree, running tests that have none.
//   --json               prints the counts, and nothing else, on standard output
//   --sample 30 --seed 1 prints that many passing tests with the features they claim, for review
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments, readWhole } from './lib/arguments.mjs'
import { endChildrenOnSignals } from './lib/run.mjs'
import { workTree } from './lib/work-tree.mjs'
import { readJson, repository } from './lib/workspaces.mjs'
import { setup } from './setup.mjs'
import { freshResults } from './testing/results.mjs'
import { runSuites } from './testing/run.mjs'
import { lackingLines, serversFor } from './testing/servers.mjs'
import { suitesOf } from './testing/suites.mjs'

const usage = `npm run parity [-- --json | --sample <count> [--seed <number>]]

Which of Celery's features our tests prove: prints counts, and writes docs/parity.md. Uses the results of this very tree,
and runs tests that have none.

  --json            print the counts as one line of JSON; npm's own two lines go with: npm run --silent parity -- --json
  --sample <count>  print that many of the tests with the features they claim, for review; writes nothing
  --seed <number>   which ones (1)`

endChildrenOnSignals()
process.exitCode = await parity(readOptions())

async function parity(options) {
  if (!(await setup())) return 1
  const suites = suitesOf(repository)
  const files = await testedFiles(suites)
  if (!files) return 1
  // These need what setup installs.
  const { declarationsIn, declarationOf } = await import('./parity/declarations.mjs')
  const { judge } = await import('./parity/verdict.mjs')
  const { areas, features } = readJson(join(repository, 'docs/features.json'))
  const leftOut = readJson(join(repository, 'docs/left-out.json'))
  const verdict = judge({ features, leftOut, files })
  const declarations = declarationsIn(
    repository,
    suites.map(({ folder }) => folder)
  )
  const located = test => declarationOf(test, { root: repository, declarations })
  await tell(verdict, { options, areas, located })
  for (const error of verdict.errors) say(`error: ${error}`)
  return verdict.errors.length > 0 ? 1 : 0
}

async function testedFiles(suites) {
  const stale = suites.filter(suite => !freshResults(repository, workTree(repository), suite))
  if (stale.length > 0) {
    say(`parity: no results of these sources for ${stale.map(({ path }) => path).join(', ')}; running the tests …`)
    const run = able => runSuites(able, { root: repository, say })
    const { answer, ...gaps } = await serversFor(stale, { say }).around(run)
    for (const line of lackingLines(gaps)) say(line)
    const { passed, failed } = answer
    say(`parity: ${passed} passed, ${failed} failed`)
  }
  const state = workTree(repository)
  const results = suites.map(suite => freshResults(repository, state, suite))
  if (results.every(result => result !== undefined)) return results.flatMap(({ files }) => files)
  say('parity: the sources changed while the tests ran, or this is no git checkout; run it again when they are at rest')
  return undefined
}

async function tell(verdict, { options, areas, located }) {
  if (options.sample) return printSample(verdict, { options, located })
  const { parityPage } = await import('./parity/page.mjs')
  const file = join(repository, 'docs/parity.md')
  const page = parityPage({ ...verdict, areas, located })
  if (page !== currentText(file)) writeFileSync(file, page)
  if (options.json) process.stdout.write(`${JSON.stringify(verdict.counts)}\n`)
  else printCounts(verdict.counts, areas)
}

async function printSample({ rows }, { options, located }) {
  const { sample } = await import('./parity/sample.mjs')
  const proofs = rows.filter(({ state }) => state === 'done').flatMap(({ tests }) => tests)
  // Several tests of one loop or table are one text to read.
  const written = new Map(proofs.map(test => ({ test, place: located(test) })).map(each => [placeText(each), each]))
  for (const { test, place } of sample([...written.values()], { count: options.sample, seed: options.seed })) {
    const claimed = rows.filter(({ id }) => test.ids.includes(id)).map(({ id, text }) => `${id}: ${text}`)
    process.stdout.write(`\n=== ${placeText({ test, place })}\n${claimed.join('\n')}\n\n${place.body ?? test.title}\n`)
  }
}

function placeText({ test, place: { file, line } }) {
  return line ? `${file}:${line}` : `${file}: ${test.title}`
}

function printCounts({ done, open, leftOut, areas: counts }, areas) {
  for (const [area, { done, open, leftOut }] of Object.entries(counts)) {
    process.stdout.write(
      `${area.padEnd(4)} ${areas[area].padEnd(52)} ${done} done, ${open} open, ${leftOut} left out\n`
    )
  }
  process.stdout.write(`${done} done, ${open} open, ${leftOut} left out; see docs/parity.md\n`)
}

function currentText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function readOptions() {
  const { values } = readArguments(usage, {
    json: { type: 'boolean' },
    sample: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' }
  })
  const sample = readWhole(values.sample, { name: 'sample', usage })
  return { json: values.json, sample, seed: readWhole(values.seed, { name: 'seed', usage }) }
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
