import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from '@jest/globals'

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbel-worker-'))
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tasks.ts'), "import { Umbel } from 'umbel'\nexport const app = new Umbel('mine')\n")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('runs the worker of an application in the folder it was called from, and ends it in order', async () => {
  const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
  const env = { ...process.env, INIT_CWD: folder, npm_lifecycle_event: 'start', UMBEL_DB: '' }
  const worker = spawn(process.execPath, [main, '-A', './tasks.ts', '-l', 'info', '-c', '1'], { cwd: REPOSITORY, env })
  const closed = once(worker, 'close')
  let output = ''
  let told = false
  for (const stream of [worker.stdout, worker.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      // Once: a second signal would be a cold shutdown.
      if (!told && output.includes(' ready.')) told = worker.kill('SIGTERM')
    })
  const [code] = (await closed) as [number | null]
  expect(output).toContain('.> app:         mine (tasks.ts:app)')
  expect(output).toContain(`sqlite://${join(folder, '.umbel', 'umbel.db')}`)
  expect(output).toContain('worker: Warm shutdown (MainProcess)')
  expect(output).not.toContain('in front of the command')
  expect(code).toBe(0)
})
