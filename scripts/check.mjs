// `npm run check`: types, format, lint, layers, documents and packages. Runs them all and lists every failure.
import { join } from 'node:path'
import { readArguments } from './lib/arguments.mjs'
import { atMost, capture, endChildrenOnSignals } from './lib/run.mjs'
import { repository } from './lib/workspaces.mjs'
import { setup } from './setup.mjs'

const usage = `npm run check

Types, format, lint, layers, documents and packages; runs them all and lists every failure.`

const tool = path => join(repository, 'node_modules', path)
const script = name => join(repository, 'scripts', name)

const checks = [
  {
    name: 'format',
    hint: 'npm run format',
    args: [tool('@biomejs/biome/bin/biome'), 'format', '--colors=off', '--reporter=summary', '.']
  },
  {
    name: 'lint',
    args: [
      tool('oxlint/bin/oxlint'),
      '--type-aware',
      '--deny-warnings',
      '--format=unix',
      'packages',
      'apps',
      'e2e',
      'scripts'
    ]
  },
  { name: 'layers', args: [script('check-layers.mjs')] },
  { name: 'docs', args: [script('check-docs.mjs')] },
  { name: 'packages', args: [script('check-packages.mjs')] }
]

readArguments(usage)
endChildrenOnSignals()
process.exitCode = (await check()) ? 0 : 1

async function check() {
  const started = performance.now()
  const built = await setup()
  report({ name: 'types', failed: !built, seconds: (performance.now() - started) / 1000 })
  const outcomes = await atMost(2, checks, run)
  const failed = [...(built ? [] : ['types']), ...outcomes.filter(each => each.failed).map(({ name }) => name)]
  const summary = failed.length > 0 ? `${failed.join(', ')} failed` : 'all good'
  process.stdout.write(`check: ${summary} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`)
  return failed.length === 0
}

async function run({ name, args, hint }) {
  const { code, output, seconds } = await capture(process.execPath, args, { cwd: repository })
  const outcome = { name, hint, output, seconds, failed: code !== 0 }
  report(outcome)
  return outcome
}

function report({ name, hint, output, seconds, failed }) {
  if (failed && output) process.stdout.write(`\n${output.trim()}\n${hint ? `(mend with: ${hint})\n` : ''}`)
  process.stdout.write(`${failed ? 'FAIL' : 'ok  '} ${name} (${seconds.toFixed(1)} s)\n`)
}
