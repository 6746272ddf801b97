import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Umbel } from '../src/index.js'

let folder: string
let broker: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbel-exit-'))
  broker = `sqlite://${join(folder, 'umbel.db')}`
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Milliseconds from the last word of the script to its end; undefined: it said none. */
  readonly lingered: number | undefined
}

/** Runs a client's script in a process of its own; it has `app` and the task `add`. */
async function script(...lines: readonly string[]): Promise<Ended> {
  const file = join(folder, `${Math.random()}.mjs`)
  const umbel = new URL('../src/index.js', import.meta.url).href
  writeFileSync(
    file,
    [
      `import { Umbel } from '${umbel}'`,
      `const app = new Umbel('client', { broker: '${broker}', backend: '${broker}' })`,
      "const add = app.task('tasks.add', (x, y) => x + y)",
      ...lines
    ].join('\n')
  )
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], { cwd: folder })
  let said: number | undefined
  child.stdout?.on('data', () => {
    said = performance.now()
  })
  const code = new Promise<number | null>(resolve => child.once('exit', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout as never), text(child.stderr as never)])
  return { code: await code, stdout, stderr, lingered: said === undefined ? undefined : performance.now() - said }
}

async function countSent(): Promise<number> {
  const app = new Umbel('counter', { broker, backend: broker })
  const connection = await app.connectionForRead()
  try {
    const channel = await connection.openChannel()
    const [stat] = await channel.stat(['celery'])
    return stat?.ready ?? 0
  } finally {
    await connection.close()
    await app.close()
  }
}

describe('a client’s process', () => {
  it('ends by itself within a second, with code 0, when its last line is `await add.delay(4, 4)`', async () => {
    const ended = await script("process.stdout.write('sending')", 'await add.delay(4, 4)')
    expect(ended).toMatchObject({ code: 0, stdout: 'sending', stderr: '' })
    expect(ended.lingered).toBeLessThan(1000)
    expect(await countSent()).toBe(1)
  })

  it('sends what nobody awaited before it ends', async () => {
    const ended = await script('for (let i = 0; i < 100; i++) add.delay(i, i)')
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(await countSent()).toBe(100)
  })

  it('says how many messages were lost when it is ended at once', async () => {
    const first = await script('add.delay(1, 1)', 'add.delay(2, 2)', 'process.exit(3)')
    expect(first).toMatchObject({ code: 3, stderr: 'umbel: the process ended before 2 task messages were sent\n' })
    const later = await script('await add.delay(1, 1)', 'add.delay(2, 2)', 'process.exit(0)')
    expect(later.stderr).toBe('umbel: the process ended before 1 task message was sent\n')
  })

  it('says that what is sent while the process ends was not sent', async () => {
    const one = 'umbel: the process ended before 1 task message was sent\n'
    const plain = await script("process.on('exit', () => { add.delay(1, 1) })")
    expect(plain).toMatchObject({ code: 0, stderr: one })
    const cold = await script("process.on('exit', () => { add.delay(1, 1); add.delay(2, 2) })")
    expect(cold.stderr).toBe(one + one)
    const twice = await script(
      "process.on('exit', () => { add.delay(1, 1); add.delay(2, 2) })",
      'await add.delay(0, 0)'
    )
    expect(twice.stderr).toBe(one + one)
    const beside = await script("process.on('exit', () => { add.delay(1, 1) })", 'add.delay(0, 0)', 'process.exit(0)')
    expect(beside.stderr).toBe('umbel: the process ended before 2 task messages were sent\n')
  })

  it('warns of a task that could not be sent and that nobody waited for, and goes on', async () => {
    const ended = await script('add.delay(() => 1, 2)', 'await add.delay(1, 1)')
    expect(ended.code).toBe(0)
    expect(ended.stderr).toMatch(/UmbelPublishWarning: task .* was not sent: .*args\[0\]/)
    expect(await countSent()).toBe(1)
  })

  it('stays alive while it waits for a result', async () => {
    const app = new Umbel('server', { broker, backend: broker })
    app.task('tasks.add', (x: number, y: number) => x + y)
    const running = script('console.log(await add.delay(2, 2).get({ timeout: 15 }))')
    const worker = await app.worker({ concurrency: 1 }).start()
    try {
      expect(await running).toMatchObject({ code: 0, stdout: '4\n', stderr: '' })
    } finally {
      await worker.stop()
      await app.close()
    }
  })

  it('[R-07] names the SQLite file when a result does not come in time', async () => {
    const ended = await script(
      'try { await add.delay(2, 2).get({ timeout: 0.2 }) } catch (error) { console.log(error.name, error.message) }'
    )
    expect(ended.code).toBe(0)
    expect(ended.stdout).toMatch(/^TimeoutError no result of task .* after 0\.2 s/)
    expect(ended.stdout.split(fileURLToPath(new URL(`file://${join(folder, 'umbel.db')}`)))).toHaveLength(3)
  })

  it('finds the project’s SQLite file where nothing is configured, and names it', async () => {
    writeFileSync(join(folder, 'package.json'), '{}')
    const ended = await script(
      "const plain = new Umbel('plain')",
      "try { await plain.sendTask('x').get({ timeout: 0.1 }) } catch (error) { console.log(error.message) }"
    )
    expect(ended.stdout).toContain(join(folder, '.umbel', 'umbel.db'))
  })

  it('[R-34] says at once what to configure where there is a broker and no result store', async () => {
    const ended = await script(
      `const bare = new Umbel('bare', { broker: '${broker}' })`,
      "try { await bare.sendTask('x').get() } catch (error) { console.log(error.name, error.message) }"
    )
    expect(ended.code).toBe(0)
    expect(ended.stdout).toMatch(/^ResultsDisabledError no result backend is configured.*resultBackend/)
  })
})
