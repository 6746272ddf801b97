// `npm run measure`: the size and manners of each package, so that a drift is seen. A mirror, not a gate.
// File and Function are median/p90/max lines; functions are named ones; tests and conformance suites
// are not counted as source.
import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { readArguments } from './lib/arguments.mjs'
import { filesBelow, repository, workspaces } from './lib/workspaces.mjs'
import { setup } from './setup.mjs'

readArguments('npm run measure\n\nPrints the size of files and functions per package, median/p90/max.')
process.exitCode = await measure()

async function measure() {
  if (!(await setup({ packages: [] }))) return 1
  const { measureFile } = await import('./measure/source.mjs')
  const { markdownTable, row } = await import('./measure/table.mjs')
  const packages = workspaces(repository).map(({ path, folder }) => ({
    path,
    files: sourcesBelow(join(folder, 'src'))
      .filter(file => !isSuite(file))
      .map(measureFile),
    testLines: [...sourcesBelow(join(folder, 'src')).filter(isSuite), ...sourcesBelow(join(folder, 'test'))]
      .map(linesOf)
      .reduce((total, lines) => total + lines, 0)
  }))
  const all = {
    files: packages.flatMap(({ files }) => files),
    testLines: packages.reduce((total, { testLines }) => total + testLines, 0)
  }
  const rows = packages.filter(({ files }) => files.length > 0).map(each => row(each.path, each))
  process.stdout.write(`${markdownTable([...rows, row('all', all)])}\n`)
  return 0
}

function sourcesBelow(folder) {
  return filesBelow(folder).filter(file => /\.[mc]?tsx?$/.test(file))
}

function isSuite(file) {
  return file.includes(`${sep}conformance${sep}`)
}

function linesOf(file) {
  return readFileSync(file, 'utf8').split('\n').length - 1
}
