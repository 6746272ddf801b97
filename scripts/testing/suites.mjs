// Which suites there are, which of them the arguments of `npm test` mean, and how one is run.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture } from '../lib/run.mjs'
import { readJson, workspaces } from '../lib/workspaces.mjs'
import { summarize } from './results.mjs'

/** Every workspace and our own scripts; e2e last, for it runs alone. */
export function suitesOf(root) {
  const scripts = { path: 'scripts', folder: join(root, 'scripts'), short: 'scripts', name: 'scripts', tests: 'test' }
  const all = [...workspaces(root), scripts]
  return [...all.filter(({ path }) => path !== 'e2e'), ...all.filter(({ path }) => path === 'e2e')]
}

/** Leading arguments that name workspaces choose them; the rest goes to jest (`npm test -- protocol time -t zone`). */
export function chooseSuites(suites, args) {
  const named = each => suites.find(({ short, name, path }) => [short, name, path].includes(each))
  const end = args.findIndex(arg => !named(arg))
  const leading = end < 0 ? args : args.slice(0, end)
  const chosen = leading.length > 0 ? suites.filter(suite => leading.some(arg => named(arg) === suite)) : suites
  return { chosen, jestArgs: args.slice(leading.length) }
}

/**
 * Runs one suite and answers its summary. What makes jest fail beside tests (a crash, a suite that never ends)
 * is counted as one failed test and told in `trouble`. `tables`: the texts that tests wrote into UMBEL_TEST_TABLES.
 */
export async function runSuite(suite, { root, jestArgs, timeout }) {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-test-'))
  const outputFile = join(folder, 'report.json')
  try {
    const own = suite.tests ? ['--tests', suite.tests] : []
    const workers = suite.path === 'e2e' ? [] : ['--runInBand']
    const args = [...own, ...workers, '--json', '--outputFile', outputFile, ...jestArgs]
    const tables = join(folder, 'tables')
    mkdirSync(tables)
    const env = { ...process.env, UMBEL_TEST_TABLES: tables }
    const outcome = await capture(process.execPath, [jest, ...args], { cwd: suite.folder, env, timeout })
    const summary = existsSync(outputFile) ? summarize(readJson(outputFile), { root, folder: suite.folder }) : nothing
    return { ...withTrouble(summary, outcome, timeout), seconds: outcome.seconds, tables: textsIn(tables) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const jest = fileURLToPath(new URL('../jest.mjs', import.meta.url))
/** What tests leave there is printed below their totals. */
function textsIn(folder) {
  return readdirSync(folder)
    .sort()
    .map(name => readFileSync(join(folder, name), 'utf8').trim())
}

const nothing = { passed: 0, failed: 0, skipped: 0, files: [] }

function withTrouble(summary, outcome, timeout) {
  if (outcome.timedOut) {
    const trouble = `did not end within ${timeout} s and was killed (a test left something open?)`
    return { ...summary, failed: summary.failed + 1, trouble: `${trouble}\n${outcome.output}` }
  }
  if (outcome.code === 0 || summary.failed > 0) return summary
  return { ...summary, failed: 1, trouble: `jest ended with exit code ${outcome.code}\n${outcome.output}` }
}
