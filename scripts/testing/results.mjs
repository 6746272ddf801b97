// Test results on disk, one file a workspace, each with the state of the sources that it speaks of.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { readJson } from '../lib/workspaces.mjs'

export const resultsFolder = '.cache/test-results'

/**
 * Boils jest's JSON down to what our tools need: per file its source and its tests.
 * A file that did not even load counts as one failed test.
 */
export function summarize(report, { root, folder }) {
  const files = report.testResults.map(file => ({
    file: sourceOf(file.name, { root, folder }),
    tests: testsOf(file)
  }))
  const count = status => files.flatMap(({ tests }) => tests).filter(test => test.status === status).length
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), files }
}

export function saveResults(root, state, { workspace, summary }) {
  mkdirSync(join(root, resultsFolder), { recursive: true })
  writeFileSync(
    fileOf(root, workspace),
    JSON.stringify({ ...state, workspace: workspace.path, ...summary }, undefined, 1)
  )
}

/** The stored results of a workspace if they speak of exactly this tree, else undefined. */
export function freshResults(root, state, workspace) {
  const file = fileOf(root, workspace)
  if (state.tree === undefined || !existsSync(file)) return undefined
  const results = readJson(file)
  return results.tree === state.tree ? results : undefined
}

export function forgetResults(root, workspace) {
  rmSync(fileOf(root, workspace), { force: true })
}

function fileOf(root, workspace) {
  return join(root, resultsFolder, `${workspace.path.replaceAll('/', '-')}.json`)
}

function testsOf({ assertionResults, status, message }) {
  if (assertionResults.length === 0 && status === 'failed') {
    return [{ title: 'the file loads', fullName: 'the file loads', status: 'failed', failure: message }]
  }
  return assertionResults.map(({ title, fullName, status: each, failureMessages }) => ({
    title,
    fullName,
    status: each === 'passed' || each === 'failed' ? each : 'skipped',
    ...(each === 'failed' ? { failure: failureMessages.join('\n') } : {})
  }))
}

// packages/x/dist/test/a.test.js was compiled from packages/x/test/a.test.ts
function sourceOf(compiled, { root, folder }) {
  const inside = relative(folder, compiled).split(sep).join('/')
  const source = inside.startsWith('dist/') ? inside.slice(5).replace(/\.([mc]?)js$/, '.$1ts') : inside
  return join(relative(root, folder), source).split(sep).join('/')
}
