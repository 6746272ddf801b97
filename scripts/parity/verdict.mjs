// What is done, open and left out: a pure function of the features, the reasons and the test results.
import { idsIn } from './titles.mjs'

/**
 * @param {{ features, leftOut, files }} input `features`: rows of docs/features.json; `leftOut`: id → reason;
 *   `files`: test results as `{ file, tests: [{ title, status }] }`
 * @returns `rows` (each feature with `state` and its `tests`), `counts`, and `errors`: sentences that make the table untrue
 */
export function judge({ features, leftOut, files }) {
  const claims = claimsOf(files)
  const known = new Set(features.map(({ id }) => id))
  const rows = features.map(feature => {
    const tests = claims.filter(({ ids }) => ids.includes(feature.id))
    return { ...feature, tests, reason: leftOut[feature.id], state: stateOf(feature.id, { tests, leftOut }) }
  })
  const errors = [
    ...claims.flatMap(claim => claimErrors(claim, known)),
    ...Object.entries(leftOut).flatMap(entry => leftOutErrors(entry, rows))
  ]
  return { rows, errors, counts: countsOf(rows) }
}

/** Done means: at least one test says so, and each test that claims the feature passed. */
function stateOf(id, { tests, leftOut }) {
  if (leftOut[id] !== undefined) return 'leftOut'
  const claims = tests.filter(test => !provenElsewhere(test, tests))
  return claims.length > 0 && claims.every(({ status }) => status === 'passed') ? 'done' : 'open'
}

/** A suite that several drivers run skips what one of them lacks: no claim of that driver's, where the same test passed for another. */
function provenElsewhere({ file, title, status }, tests) {
  if (status !== 'skipped') return false
  const scenario = scenarioOf(title)
  return tests.some(other => other.status === 'passed' && other.file !== file && scenarioOf(other.title) === scenario)
}

function scenarioOf(title) {
  return title.replace(/ \(needs \w+\)$/, '')
}

function claimsOf(files) {
  return files
    .flatMap(({ file, tests }) => tests.map(({ title, status }) => ({ file, title, status, ...idsIn(title) })))
    .filter(({ ids, problem }) => ids.length > 0 || problem)
}

function claimErrors({ file, title, ids, problem }, known) {
  const unknown = ids.filter(id => !known.has(id)).map(id => `${file}: unknown feature ${id} in the title '${title}'`)
  return problem ? [...unknown, `${file}: ${problem}: '${title}'`] : unknown
}

function leftOutErrors([id, reason], rows) {
  const row = rows.find(each => each.id === id)
  const where = `docs/left-out.json: ${id}`
  if (!row) return [`${where} is no feature`]
  if (row.priority === 'core') return [`${where} is a core feature and may not be left out`]
  if (typeof reason !== 'string' || reason.trim() === '') return [`${where} has no reason`]
  if (row.tests.length > 0) return [`${where} is left out, yet ${row.tests[0].file} claims it`]
  return []
}

function countsOf(rows) {
  const areas = {}
  const total = { done: 0, open: 0, leftOut: 0 }
  for (const { area, state } of rows) {
    areas[area] ??= { done: 0, open: 0, leftOut: 0 }
    areas[area][state] += 1
    total[state] += 1
  }
  return { ...total, areas }
}
