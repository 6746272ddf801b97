import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choose } from './choice.js'
import { type FileServer, serveFiles } from './files.js'
import { readResult, runClient, startWorker } from './processes.js'

/** The main job on real input: a file server, a worker and a client, each answer checked. Exit code 0: all were right. */
const started = performance.now()
const source = fileURLToPath(new URL('../../../../docs', import.meta.url))
const home = await mkdtemp(join(tmpdir(), 'umbel-demo-'))
let server: FileServer | undefined
let right = false

try {
  const { environment, said } = choose(process.argv.slice(2), home)
  server = await serveFiles(source)
  say(`${server.files.length} files of docs/ are served at ${server.origin}`)
  right = await run(server, { ...process.env, ...environment, DOWNLOADS: join(home, 'downloads') }, said)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
} finally {
  await server?.close()
  if (existsSync(home)) await rm(home, { recursive: true })
}

const seconds = ((performance.now() - started) / 1000).toFixed(1)
say(`${right ? 'every answer was right' : 'SOMETHING WAS WRONG'} (${seconds} s)`)
process.exitCode = right ? 0 : 1

async function run({ origin, files }: FileServer, environment: NodeJS.ProcessEnv, said: string): Promise<boolean> {
  const worker = await startWorker(environment)
  try {
    say(`a worker is ready (umbel -A tasks.ts worker -c 8), ${said}\n`)
    const client = await runClient(environment, [origin, source, ...files])
    const later = client.left === undefined ? undefined : await readResult(environment, client.left.id)
    const kept = environment['DEMO_STORES'] !== '0'
    const same = later !== undefined && (kept ? later === String(client.left?.value) : later.includes('resultBackend'))
    process.stdout.write(
      `  ${same ? '✓' : '✗'} umbel result <id>, from a third process                     ${later}\n\n`
    )
    const exit = await worker.stop()
    say(`the worker finished what it had and ended with code ${exit}`)
    return client.code === 0 && same && exit === 0
  } finally {
    await worker.kill()
  }
}

function say(text: string): void {
  process.stdout.write(`demo: ${text}\n`)
}
