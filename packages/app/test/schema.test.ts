import { afterEach, describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { type StandardSchema, type Umbel, ValidationError } from '../src/index.js'
import { createApp, rejection, takeAll, takeOne } from './kit.js'

const open: Umbel[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

function make(): Umbel {
  const app = createApp()
  open.push(app)
  return app
}

const Order = z.object({ id: z.string(), amount: z.coerce.number().positive(), at: z.coerce.date() })

/** A schema that needs a look elsewhere, and sees the context. */
const known: StandardSchema<string, string> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    async validate(value, options) {
      await Promise.resolve()
      const customers = (options?.libraryOptions?.['customers'] ?? ['ada']) as string[]
      if (customers.includes(value as string)) return { value: `customer ${String(value)}` }
      return { issues: [{ message: 'no such customer' }] }
    }
  }
}

describe('schemas of a task', () => {
  it('[T-27] converts arguments for the body and the result back, and sends what the caller gave', async () => {
    const app = make()
    const seen: unknown[] = []
    const pay = app.task(
      'pay',
      {
        params: ['order', 'note'],
        schema: { args: [Order, z.string().default('none')], result: z.object({ paid: z.bigint().transform(String) }) }
      },
      (order, note) => {
        seen.push(order.amount + 1, order.at.getFullYear(), note)
        return { paid: 5n }
      }
    )
    const order = { id: 'a', amount: '12', at: '2026-01-02' }
    expect(await (await pay.apply([order, 'x'])).get()).toEqual({ paid: '5' })
    await (await pay.apply([order] as never)).get()
    expect(seen).toEqual([13, 2026, 'x', 13, 2026, 'none'])
    await pay.delay(order, undefined)
    await pay.applyAsync([], { kwargs: { order, note: 'y' } })
    const [first, second] = await takeAll(app)
    expect(first?.body.args).toEqual([order])
    expect(second?.body.kwargs).toEqual({ order, note: 'y' })
  })

  it('[T-27] refuses a call that does not fit, at the sender and in the worker, with every issue and its path', async () => {
    const app = make()
    const pay = app.task('pay', { params: ['order'], schema: { args: [Order] } }, order => order.id)
    const bad = { id: 5, amount: -1, at: '2026-01-02' } as never
    const refused = await rejection(pay.delay(bad))
    expect(refused).toBeInstanceOf(ValidationError)
    expect(refused.message).toMatch(/^pay: args\[0\] \(order\)\.id: .*; pay: args\[0\] \(order\)\.amount: /)
    expect((refused as ValidationError).issues.map(({ path }) => path)).toEqual([['id'], ['amount']])
    expect(await rejection(pay.applyAsync([], { kwargs: { order: bad } }))).toBeInstanceOf(ValidationError)
    expect((await rejection(pay.applyAsync([], { kwargs: {} }))).message).toMatch(/^pay: args\[0\] \(order\): /)
    expect(await takeAll(app)).toEqual([])
    const run = await pay.apply([bad])
    expect([await run.state(), (await rejection(run.get())).name]).toEqual(['FAILURE', 'ValidationError'])
    const wrong = app.task('wrong', { schema: { result: z.number() } }, () => 'text' as unknown)
    expect((await rejection((await wrong.apply([])).get())).message).toMatch(/^wrong: result: /)
  })

  it('[T-27] waits for schemas that need time, and hands them a context', async () => {
    const app = make()
    const greet = app.task(
      'greet',
      { schema: { args: [known], context: { customers: ['bob'] } } },
      name => `hello ${name}`
    )
    expect(await (await greet.apply(['bob'])).get()).toBe('hello customer bob')
    expect((await rejection(greet.delay('ada'))).message).toBe('greet: args[0]: no such customer')
    await greet.delay('bob')
    expect((await takeOne(app)).body.args).toEqual(['bob'])
  })

  it('[T-27] with strict refuses to convert types, and still fills in defaults', async () => {
    const app = make()
    const Line = z.object({ n: z.coerce.number(), unit: z.string().default('kg') })
    const weigh = app.task('weigh', { schema: { args: [Line], strict: true } }, line => `${line.n} ${line.unit}`)
    expect(await (await weigh.apply([{ n: 5 }])).get()).toBe('5 kg')
    expect((await rejection(weigh.delay({ n: '5' }))).message).toBe(
      'weigh: args[0].n: its type would have to be converted, which strict forbids'
    )
  })

  it('refuses what is no schema when the task is defined', () => {
    const app = make()
    const define = (schema: unknown) => () => app.task('t', { schema } as object, () => 1)
    expect(define(5)).toThrow('task t: schema: expected { args, result }, got 5')
    expect(define({ args: z.string() })).toThrow('task t: schema.args: expected a list of schemas')
    expect(define({ args: [String] })).toThrow('task t: schema.args[0]: expected a Standard Schema (zod from 3.24')
    expect(define({ result: {} })).toThrow('task t: schema.result: expected a Standard Schema')
  })

  it('types callers by what goes in, the body by what comes out, and the result by its schema', () => {
    const app = make()
    const task = app.task('typed', { schema: { args: [Order], result: z.number().transform(String) } }, order => {
      const amount: number = order.amount
      return amount
    })
    // @ts-expect-error the id is text
    const wrong = () => task.delay({ id: 5, amount: '1', at: 'x' })
    // @ts-expect-error one argument is needed
    const few = () => task.delay()
    const typed = async (): Promise<string> => await task.delay({ id: 'a', amount: '1', at: 'x' }).get()
    // @ts-expect-error the body takes what the schema gives
    const other = () => app.task('other', { schema: { args: [Order] } }, (order: number) => order)
    const bound = app.task(
      'bound',
      { bind: true, schema: { args: [z.string()] } },
      (self, text) => self.name + text.length
    )
    expect([typeof wrong, typeof few, typeof typed, typeof other, bound.name]).toEqual([
      ...Array(4).fill('function'),
      'bound'
    ])
  })
})
