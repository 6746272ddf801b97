import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { WorkerLostError } from '@umbel/protocol'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig } from './rig.js'
import { until } from './until.js'

const run = promisify(execFile)

describe('a task that misbehaves', () => {
  const hostile = {
    toString(): string {
      throw new Error('toString')
    }
  }
  class Nasty extends Error {
    override get message(): string {
      throw new Error('message')
    }
    override get stack(): string {
      throw new Error('stack')
    }
    override toString(): string {
      throw new Error('toString')
    }
  }
  const circular: Record<string, unknown> = {}
  circular['self'] = circular

  it.each([
    ['throws a string', () => Promise.reject('text')],
    ['throws null', () => Promise.reject(null)],
    ['throws undefined', () => Promise.reject(undefined)],
    ['throws an object whose toString throws', () => Promise.reject(hostile)],
    ['throws an error all of whose properties throw', () => Promise.reject(new Nasty())],
    [
      'throws a frozen proxy',
      () =>
        Promise.reject(
          new Proxy(Object.freeze({}), {
            get: () => {
              throw new Error('get')
            },
            getPrototypeOf: () => {
              throw new Error('proto')
            }
          })
        )
    ],
    ['returns a circular value', () => circular],
    ['returns a function', () => () => 1],
    ['returns a symbol', () => Symbol('s')],
    [
      'returns a value whose toJSON throws',
      () => ({
        toJSON: () => {
          throw new Error('toJSON')
        }
      })
    ]
  ])('[T-46][T-47] %s: its result is FAILURE and the worker goes on', async (_what, body: () => unknown) => {
    const rig = createRig()
    const bad = rig.app.task('bad', body)
    const good = rig.app.task('good', () => 'good')
    await rig.start({ concurrency: 1 })
    const result = await bad.delay()
    expect(await result.get({ timeout: 5, propagate: false })).toBeInstanceOf(Error)
    expect(await result.state()).toBe('FAILURE')
    const [meta] = await (await rig.app.services.gateway().backend()).load([result.id])
    expect(meta?.result).toMatchObject({ exc_type: expect.any(String), exc_module: expect.anything() })
    expect(await good.delay().get({ timeout: 5 })).toBe('good')
    await rig.empty()
  })

  it('returns a BigInt: its digits survive', async () => {
    const rig = createRig()
    const big = rig.app.task('big', () => 2n ** 70n)
    await rig.start()
    expect(await big.delay().get({ timeout: 5 })).toBe(2n ** 70n)
  })

  it('runs hooks of failure when its value cannot be written', async () => {
    const rig = createRig()
    const seen: string[] = []
    const hooks = {
      onSuccess: () => void seen.push('success'),
      onFailure: () => void seen.push('failure')
    }
    const bad = rig.app.task('bad', hooks, () => circular)
    await rig.start()
    await bad.delay().get({ timeout: 5, propagate: false })
    await until(
      () => seen[0],
      () => 'a hook'
    )
    expect(seen).toEqual(['failure'])
  })
})

describe('in a thread', () => {
  it('[W-06][ST-14] process.exit is that task’s WorkerLostError; others are unaffected, the thread is replaced', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool: 'threads', concurrency: 2 }, { module: location })
    const slow = await rig.app.sendTask('fixture.sleep', [300])
    const exiting = await rig.app.sendTask('fixture.exit', [3])
    const error = await exiting.get({ timeout: 5, propagate: false })
    expect(error).toBeInstanceOf(WorkerLostError)
    expect(String(error)).toContain('exit code 3')
    expect(await slow.get({ timeout: 5 })).toBe('slept')
    await rig.line('ended unexpectedly (exit code 3')
    const after = await Promise.all([1, 2, 3].map(n => rig.app.sendTask('fixture.echo', [n])))
    expect(await Promise.all(after.map(result => result.get({ timeout: 5 })))).toEqual([1, 2, 3])
  })

  it('a promise left behind is a line in the log', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool: 'async', concurrency: 1 }, { module: location })
    const result = await rig.app.sendTask('fixture.reject', [])
    expect(await result.get({ timeout: 5 })).toBe('fine')
    expect((await rig.line('left behind')).level).toBe('error')
    expect(await (await rig.app.sendTask('fixture.echo', ['still'])).get({ timeout: 5 })).toBe('still')
  })

  it('an error that a task left behind is a line in the log; in a callback that it waits for, its failure', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool: 'async', concurrency: 2 }, { module: location })
    const waiting = await rig.app.sendTask('fixture.sleep', [300])
    const late = await rig.app.sendTask('fixture.throwLater', [])
    const { fields } = await rig.line('code that a task left behind threw an error: Error: thrown late')
    expect(fields).toMatchObject({ task_id: late.id, task_name: 'fixture.throwLater' })
    const failed = await rig.app.sendTask('fixture.throwWhileAwaited', [])
    expect(String(await failed.get({ timeout: 5, propagate: false }))).toBe('RangeError: thrown in a callback')
    await rig.app.sendTask('fixture.exitLater', [])
    await rig.line('called process.exit(9), which would have ended the worker')
    expect(await waiting.get({ timeout: 5 })).toBe('slept')
    expect(rig.messages.join('\n')).not.toContain('ended unexpectedly')
  })

  it('process.exit takes the neighbours of its thread along: late ones run again, early ones fail', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ pool: 'async', concurrency: 8 }, { module: location })
    const late = await Promise.all(Array.from({ length: 6 }, () => rig.app.sendTask('fixture.sleep', [300])))
    for (const { id } of late) await rig.line(`fixture.sleep[${id}] received`)
    const exiting = await rig.app.sendTask('fixture.exit', [3])
    expect(await exiting.get({ timeout: 5, propagate: false })).toBeInstanceOf(WorkerLostError)
    expect(await Promise.all(late.map(result => result.get({ timeout: 5 })))).toEqual(late.map(() => 'slept'))
    await rig.line('it was ended for a neighbour')
  })

  it('a body that blocks its thread does not block the control side, which keeps its lease', async () => {
    const rig = createRig({ taskAcksLate: true }, { leases: true })
    registerTasks(rig.app)
    await rig.start({ pool: 'threads', concurrency: 2, lease: 0.2 }, { module: location })
    const blocked = await rig.app.sendTask('fixture.block', [800])
    await rig.line('fixture.block')
    for (let n = 0; n < 10; n++) expect(await (await rig.app.sendTask('fixture.echo', [n])).get({ timeout: 5 })).toBe(n)
    expect(await blocked.state()).toBe('PENDING')
    expect(await blocked.get({ timeout: 5 })).toBe('done')
    expect(rig.messages.filter(line => line.includes('fixture.block') && line.includes('received'))).toHaveLength(1)
  })
})

describe('in the worker’s own process', () => {
  it('process.exit is an error of the task, which names it', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    const worker = await rig.start()
    const error = await (await rig.app.sendTask('fixture.exit', [3])).get({ timeout: 5, propagate: false })
    expect(String(error)).toContain('called process.exit(3), which would have ended the worker')
    expect(await (await rig.app.sendTask('fixture.echo', [1])).get({ timeout: 5 })).toBe(1)
    const { exit } = process
    await worker.stop()
    expect(process.exit).not.toBe(exit)
  })

  const program = fileURLToPath(new URL('./fixtures/left-behind.js', import.meta.url))
  const after = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, [program, ...args], { timeout: 20_000 })).stdout

  it.each([
    ['fixture.reject', 'a promise that a task left behind was rejected and nobody handled it: Error: left behind'],
    ['fixture.throwLater', 'code that a task left behind threw an error: Error: thrown late'],
    ['fixture.exitLater', 'called process.exit(9), which would have ended the worker']
  ])('what %s leaves behind is a line in the log with its name, and the worker goes on', async (name, words) => {
    const output = await after(name)
    expect(output).toContain('RESULT fine')
    expect(output).toContain(words)
    expect(output).toContain(`"task_name":"${name}"`)
    expect(output).toContain('STILL works\nLEFT 0 true\n')
  })

  it('an error in a callback that a body waits for is its failure', async () => {
    const { stdout } = await run(process.execPath, [program, 'fixture.throwWhileAwaited'], { timeout: 20_000 })
    expect(stdout).toContain('RESULT RangeError: thrown in a callback')
    expect(stdout).toContain('STILL works\nLEFT 0 true\n')
  })

  it.each(['reject', 'throw'])(
    'code outside of tasks that %ss ends the process, unless it is the worker’s own',
    async how => {
      await expect(after('fixture.reject', how)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('not a task')
      })
      const output = await after('fixture.throwLater', how, 'owns')
      expect(output).toContain('an error that nobody handled, of code outside of tasks: Error: not a task')
      expect(output).toContain('STILL works')
    }
  )
})

describe('an application that does not load', () => {
  it.each([
    ['does not exist', { url: new URL('./fixtures/none.js', import.meta.url).href, attribute: 'app' }, 'none.js'],
    ['exports no application of that name', { ...location, attribute: 'celery' }, "'celery' of"]
  ])('is a clear error of start: %s', async (_what, module, words) => {
    const rig = createRig()
    const worker = rig.createWorker({ pool: 'threads', concurrency: 1 }, { module })
    await expect(worker.start()).rejects.toThrow(words)
    await worker.stop()
  })
})
