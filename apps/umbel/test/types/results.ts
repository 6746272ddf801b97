import { type AsyncResult, group } from 'umbel'
import { exactly } from './exact.js'
import { add, app, greet, load, type User } from './tasks.js'

export async function results(): Promise<void> {
  const result = await add.delay(2, 2)
  exactly<AsyncResult<number>>()(result)
  exactly<string>()(result.id)
  exactly<number>()(await result.get({ timeout: 10 }))
  exactly<number>()(await add.delay(2, 2).get())
  exactly<string>()(await greet.delay({ name: 'a', age: 1 }).get())
  exactly<User>()(await load.delay(1).get())
  exactly<number | Error>()(await result.get({ propagate: false }))
  exactly<number | Error>()(await add.delay(1, 1).get({ propagate: false }))
  const state: string = await result.state()
  exactly<boolean>()(await result.ready())
  exactly<boolean>()(await result.successful())
  exactly<boolean>()(await result.failed())
  exactly<string | undefined>()(await result.traceback())
  // @ts-expect-error -- a number is no text
  const text: string = await result.get()
  // @ts-expect-error -- the error may be handed back
  const value: number = await result.get({ propagate: false })
  // @ts-expect-error -- no such option
  await result.get({ timeOut: 10 })
  // @ts-expect-error -- seconds are a number
  await result.get({ timeout: '10' })
  // @ts-expect-error -- a promise is not its value
  const promise: number = result.get()
  // @ts-expect-error -- what is not typed must be looked at before it is used
  const unknown: number = await app.sendTask('x').get()
  await result.get({
    callback: (_id, got) => exactly<number>()(got)
  })

  const sums = await group([add.s(1, 1), add.s(2, 2)]).delay()
  exactly<number[]>()(await sums.get())
  exactly<(number | Error)[]>()(await sums.get({ propagate: false }))
  for await (const [id, sum] of sums.iterNative()) {
    exactly<string>()(id)
    exactly<number>()(sum)
  }
  // @ts-expect-error -- a list of numbers is no list of texts
  const texts: string[] = await sums.get()
  const restored = await app.restoreGroup<number>(sums.id)
  exactly<number[] | undefined>()(await restored?.join())
  use(state, text, value, promise, unknown, texts)
}

function use(..._values: unknown[]): void {
  // Read, so that they are not reported as unused.
}
