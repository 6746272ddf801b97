import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createResultMeta, type ResultBackend } from '@umbel/backend'
import { sqlBackend } from '@umbel/backend-sql'
import { type RunningScript, runScript, temporaryFolder, until } from '@umbel/test-kit'

describe('processes on one file', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let backend: ResultBackend

  const running: RunningScript[] = []

  beforeEach(async () => {
    folder = temporaryFolder()
    path = join(folder.path, 'umbel.db')
    backend = await sqlBackend().connect(`sqlite://${path}`)
  })
  afterEach(async () => {
    // What a failed test left running.
    for (const fixture of running.splice(0)) fixture.process.kill('SIGKILL')
    await backend.close()
    folder.dispose()
  })

  function run(name: string, ...parameters: readonly string[]): RunningScript {
    const fixture = runScript(new URL(`./fixtures/${name}.js`, import.meta.url), ...parameters)
    running.push(fixture)
    return fixture
  }

  const body = { task: 'tasks.xsum', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }

  it('complete a chord exactly once, whoever stores the last part', async () => {
    // Each part comes twice, from two processes.
    const shares = [
      ['0', '60'],
      ['30', '90'],
      ['60', '90'],
      ['0', '30']
    ] as const
    const fixtures = shares.map(([from, to]) => run('parts', path, 'chord', from, to))
    await until(() => fixtures.every(fixture => fixture.lines.includes('ready')))
    await backend.openChord('chord', 90, body)
    for (const fixture of fixtures) fixture.process.stdin?.end()
    const exits = await Promise.all(fixtures.map(fixture => fixture.exit))
    expect(exits).toEqual(fixtures.map(() => ({ code: 0, signal: null })))
    const completions = fixtures.flatMap(fixture => fixture.lines.filter(line => line !== 'ready'))
    expect(completions).toEqual(['complete with 90'])
    const [pending, ...more] = await backend.pendingJoins(0)
    expect(more).toEqual([])
    expect(pending?.parts).toHaveLength(90)
    await backend.confirmJoins(['chord'])
    expect(await backend.pendingJoins(0)).toEqual([])
  })

  it('are told of a result in milliseconds', async () => {
    const worker = run('answer', path)
    await until(() => worker.lines.includes('ready'))
    const times: number[] = []
    for (let round = 0; round < 50; round++) {
      const start = performance.now()
      await new Promise<void>((resolve, reject) => {
        backend
          .watch([`task-${round}`], () => resolve())
          .then(() => worker.process.stdin?.write(`task-${round}\n`), reject)
      })
      times.push(performance.now() - start)
    }
    worker.process.stdin?.end()
    expect(await worker.exit).toEqual({ code: 0, signal: null })
    times.sort((a, b) => a - b)
    // The safety poll alone would take hundreds.
    expect(times[25]).toBeLessThan(20)
    if (process.env['UMBEL_PRINT'] !== undefined)
      process.stdout.write(`ask, store, be told: p50 ${times[25]?.toFixed(2)} ms, p95 ${times[47]?.toFixed(2)} ms\n`)
  })

  it('killed while they store a part leave the join whole: the part is there and counted, or neither', async () => {
    await backend.openChord('chord', 1, body)
    const worker = run('answer', path)
    await until(() => worker.lines.includes('ready'))
    worker.process.stdin?.write('die\n')
    expect(await worker.exit).toEqual({ code: null, signal: 'SIGKILL' })
    const [result] = await backend.load(['die'])
    const pending = await backend.pendingJoins(0)
    expect(pending).toHaveLength(result === undefined ? 0 : 1)
  })

  it('stay alive while they await a result, and end when it has come', async () => {
    const waiting = run('await-result', path)
    await until(() => waiting.lines.includes('ready'))
    await backend.store([createResultMeta('SUCCESS', { result: 42 }, { taskId: 'awaited', now: Date.now() })])
    expect(await waiting.exit).toEqual({ code: 0, signal: null })
    expect(waiting.lines).toEqual(['ready', '42'])
  })
})
