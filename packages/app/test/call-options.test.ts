import { afterEach, describe, expect, it } from '@jest/globals'
import { DateTime } from 'luxon'
import type { CallOptions, RetryOptions, Umbel } from '../src/index.js'
import { createApp, rejection, succeed, takeAll, takeOne } from './kit.js'

const open: Umbel[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

function withAdd() {
  const app = createApp()
  open.push(app)
  return { app, add: app.task('tasks.add', { params: ['x', 'y'] }, (x: number, y: number) => x + y) }
}

type Wrong = Readonly<Record<string, unknown>>

const WRONG: readonly (readonly [Wrong, string])[] = [
  [{ priority: Number.NaN }, "option 'priority': expected a whole number from 0 to 255, got NaN"],
  [{ priority: '3' }, `option 'priority': expected a whole number from 0 to 255, got "3"`],
  [{ priority: 256 }, "option 'priority': expected a whole number from 0 to 255, got 256"],
  [{ countdown: '5' }, `option 'countdown': expected seconds as a finite number, or a Duration, got "5"`],
  [{ countdown: Number.NaN }, "option 'countdown': expected seconds as a finite number, or a Duration, got NaN"],
  [{ countdown: Number.POSITIVE_INFINITY }, "option 'countdown': expected seconds as a finite number"],
  [{ countdown: DateTime.utc() }, "option 'countdown': expected seconds as a finite number, or a Duration"],
  [{ timeLimit: -1 }, "option 'timeLimit': expected seconds as a finite number from 0 on, or a Duration, got -1"],
  [{ timeLimit: 5, softTimeLimit: 6 }, "option 'softTimeLimit': expected at most timeLimit (5), got 6"],
  [{ eta: 5 }, "option 'eta': expected a Date, a DateTime or ISO 8601 text, got 5"],
  [{ eta: new Date(Number.NaN) }, "option 'eta': expected a Date, a DateTime or ISO 8601 text"],
  [{ eta: DateTime.invalid('x') }, "option 'eta': expected a Date, a DateTime or ISO 8601 text"],
  [{ expires: 'soon' }, `option 'expires': expected seconds as a finite number, a Duration, a Date`],
  [{ expires: Number.NaN }, "option 'expires': expected seconds as a finite number"],
  [{ headers: 5 }, "option 'headers': expected an object of names and values, got 5"],
  [{ headers: { id: 'x' } }, "option 'headers': 'id' is a header of the protocol, choose another name"],
  [{ headers: { stamps: {} } }, "option 'headers': 'stamps' is a header of the protocol"],
  [{ kwargs: [1] }, "option 'kwargs': expected an object of names and values, got an array of 1"],
  [{ queue: '' }, "option 'queue': expected a queue's name, or its definition, got \"\""],
  [{ queue: 5 }, "option 'queue': expected a queue's name, or its definition, got 5"],
  [{ taskId: 5 }, "option 'taskId': expected text that is not empty, got 5"],
  [{ deliveryMode: 3 }, "option 'deliveryMode': expected 1 (transient) or 2 (persistent), got 3"],
  [{ retries: 1.5 }, "option 'retries': expected a whole number from 0 on, got 1.5"],
  [{ serializer: 1 }, "option 'serializer': expected text that is not empty, got 1"],
  [{ ignoreResult: 'yes' }, `option 'ignoreResult': expected true or false, got "yes"`],
  [{ retry: 1 }, "option 'retry': expected true or false, got 1"],
  [{ retryPolicy: 5 }, "option 'retryPolicy': expected an object, got 5"],
  [{ stampedHeaders: 'x' }, `option 'stampedHeaders': expected a list of names, got "x"`],
  [{ link: 5 }, 'link should be an object, but is 5'],
  [{ link: [new Date(0)] }, 'link[0] should be a signature'],
  [{ countDown: 3 }, "no option 'countDown', did you mean 'countdown'?"],
  [{ zzz: 3 }, "no option 'zzz'"]
]

describe('options of a call', () => {
  it.each(WRONG)('are refused at once, by name: %j', async (options, message) => {
    const { app, add } = withAdd()
    const given = options as CallOptions
    expect((await rejection(add.applyAsync([1, 1], given))).message).toContain(message)
    expect((await rejection(app.sendTask('far', [], given))).message).toContain(message)
    expect(await takeAll(app)).toEqual([])
  })

  it('are refused where a signature is made, set and sent', () => {
    const { app, add } = withAdd()
    const wrong = { priority: Number.NaN }
    const message = "option 'priority': expected a whole number from 0 to 255, got NaN"
    expect(() => add.s(1, 1).set(wrong)).toThrow(`set: ${message}`)
    expect(() => add.s(1, 1).applyAsync([], wrong)).toThrow(`applyAsync: ${message}`)
    expect(() => app.signature('x', [], wrong)).toThrow(message)
    expect(() => add.s(1, 1).set({ countDown: 1 } as object)).toThrow(
      "set: no option 'countDown', did you mean 'countdown'?"
    )
    expect(() => add.s(1, 1).set({ headers: { task: 'other' } })).toThrow("'task' is a header of the protocol")
    expect(() => app.signature('x', 'ab' as never)).toThrow('signature: args: expected a list of arguments, got "ab"')
  })

  it('are options of a task, of a retry and of a run in this process too', async () => {
    const { app, add } = withAdd()
    expect(() => app.task('t', { timeLimit: -1 }, () => 1)).toThrow("task t: option 'timeLimit': expected seconds")
    expect(() => app.task('t', { priority: 1.5 }, () => 1)).toThrow("task t: option 'priority'")
    expect((await rejection(add.apply([1, 1], { retries: -1 }))).message).toContain("option 'retries'")
    expect((await rejection(add.apply([1, 1], { queue: 'x' } as object))).message).toContain("no option 'queue'")
    const wrong: RetryOptions[] = [
      { countdown: Number.NaN },
      { eta: 5 as never },
      { maxRetries: -1 },
      { coutdown: 1 } as never
    ]
    const messages = []
    for (const [index, options] of wrong.entries()) {
      const again = app.task(`again${index}`, { bind: true }, task => task.retry(options))
      messages.push((await rejection((await again.apply([])).get())).message)
    }
    expect(messages).toEqual([
      "retry of again0: option 'countdown': expected seconds as a finite number, or a Duration, got NaN",
      "retry of again1: option 'eta': expected a Date, a DateTime or ISO 8601 text, got 5",
      "retry of again2: option 'maxRetries': expected a whole number from 0 on, or null, got -1",
      "retry of again3: no option 'coutdown', did you mean 'countdown'?"
    ])
  })

  it('count as not given where they are null or undefined', async () => {
    const { app, add } = withAdd()
    await add.applyAsync([1, 1], { priority: null, eta: undefined, headers: null, queue: null })
    expect((await takeOne(app)).delivery.message.properties.priority).toBe(0)
  })

  it('refuses arguments that are no list', async () => {
    const { app, add } = withAdd()
    const expected = 'args: expected a list of arguments, got null'
    expect((await rejection(add.applyAsync(null as never))).message).toBe(`call of tasks.add: ${expected}`)
    expect((await rejection(app.sendTask('x', null as never))).message).toBe(`call of x: ${expected}`)
    expect(() => add.s(1, 1).applyAsync(null as never)).toThrow(`applyAsync: ${expected}`)
  })

  it('says to await a call, or to pass its id, where a handle is an argument', async () => {
    const { app, add } = withAdd()
    const pending = add.delay(1, 1)
    const onItsWay = 'args[0] cannot be serialized: it is a call on its way; await it first'
    expect((await rejection(app.sendTask('x', [pending]))).message).toContain(onItsWay)
    expect((await rejection(app.sendTask('x', [add.s(1, 1).delay()]))).message).toContain(onItsWay)
    const result = await pending
    const handle =
      'cannot be serialized: it is the handle of a result; pass its value (await result.get()) or its result.id'
    expect((await rejection(app.sendTask('x', [{ deep: [result] }]))).message).toBe(`args[0].deep[0] ${handle}`)
    await app.sendTask('fine', [result.id])
  })

  it('says what a value threw that was to be written, once', async () => {
    const { app } = withAdd()
    const thrower = {
      toJSON() {
        throw new TypeError('no form')
      }
    }
    expect((await rejection(app.sendTask('x', [thrower]))).message).toBe(
      'args[0] cannot be serialized: it threw TypeError: no form'
    )
  })

  it('keeps the protocol’s headers, also where a signature from elsewhere says otherwise', async () => {
    const { app } = withAdd()
    const foreign = {
      ...app.signature('x').data,
      options: { headers: { id: 'stolen', task: 'other', compression: 'application/x-bz2', mine: 1 } }
    }
    const { id } = await app.signature(foreign).delay()
    const { headers } = await takeOne(app)
    expect([headers.id, headers.task, headers.custom]).toEqual([id, 'x', { mine: 1 }])
  })

  it('takes the values of stamps from the headers too', async () => {
    const { app, add } = withAdd()
    await add.applyAsync([1, 1], { stampedHeaders: ['tenant'], headers: { tenant: 'blue' } })
    expect((await takeOne(app)).headers.stamps).toEqual({ tenant: 'blue' })
  })
})

describe('waiting for a result', () => {
  it('refuses a timeout that is none, and takes Infinity for no timeout', async () => {
    const { app, add } = withAdd()
    const result = await add.delay(1, 1)
    const expected = "get: option 'timeout': expected seconds from 0 on, got"
    for (const timeout of [Number.NaN, -1, '5' as never])
      expect((await rejection(result.get({ timeout }))).message).toContain(expected)
    expect((await rejection(app.resultSet([result]).get({ timeout: Number.NaN }))).message).toContain(expected)
    expect((await rejection(result.get(5 as never))).message).toBe('get: expected an object of options, got 5')
    await succeed(app, result.id, 2)
    expect(await result.get({ timeout: Number.POSITIVE_INFINITY })).toBe(2)
  })

  it('refuses what is no id', () => {
    const { app } = withAdd()
    expect(() => app.asyncResult(undefined as never)).toThrow('asyncResult: expected the id of a task, got undefined')
    expect(() => app.asyncResult('')).toThrow('asyncResult: expected the id of a task, got ""')
  })
})
