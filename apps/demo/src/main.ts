import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveFiles } from './files.js'
import { readResult, runClient, startWorker } from './processes.js'

/** The main job on real input: a file server, a worker and a client, each answer checked. Exit code 0: all were right. */
const started = performance.now()
const options = process.argv.slice(2)
const source = fileURLToPath(new URL('../../../../docs', import.meta.url))
const home = await mkdtemp(join(tmpdir(), 'umbel-demo-'))
const environment = { ...process.env, DOWNLOADS: join(home, 'downloads'), UMBEL_DB: join(home, 'umbel.db') }
let code = 1

try {
  const server = await serveFiles(source)
  say(`${server.files.length} files of docs/ are served at ${server.origin}`)
  const worker = await startWorker(environment, options)
  say(`a worker is ready (umbel -A tasks.ts worker -c 8), messages and results in ${environment.UMBEL_DB}\n`)
  const client = await runClient(environment, [server.origin, source, ...server.files])
  const later = client.left === undefined ? undefined : await readResult(environment, client.left.id, options)
  const same = later === String(client.left?.value)
  process.stdout.write(`  ${same ? '✓' : '✗'} umbel result <id>, from a third process                     ${later}\n\n`)
  const exit = await worker.stop()
  say(`the worker finished what it had and ended with code ${exit}`)
  await server.close()
  code = client.code === 0 && same && exit === 0 ? 0 : 1
} finally {
  if (existsSync(home)) await rm(home, { recursive: true })
}

say(
  `${code === 0 ? 'every answer was right' : 'SOMETHING WAS WRONG'} (${((performance.now() - started) / 1000).toFixed(1)} s)`
)
process.exitCode = code

function say(text: string): void {
  process.stdout.write(`demo: ${text}\n`)
}
