import { chain, chord, chunks, group, type ImmutableSignature, type Signature } from 'umbel'
import { exactly } from './exact.js'
import { add, app, download, greet, load, mul, show, xsum, type User } from './tasks.js'

export async function signatures(): Promise<void> {
  // Complete, partial, immutable.
  exactly<Signature<[], number>>()(add.s(2, 2))
  exactly<Signature<[x: number], number>>()(add.s(2))
  exactly<Signature<[x: number, y: number], number>>()(add.s())
  exactly<ImmutableSignature<number>>()(add.si(2, 2))
  exactly<Signature<[], { id: string; bytes: number }>>()(download.s('u', 'f'))
  exactly<Signature<[], number>>()(add.signature([2, 2], { countdown: 3 }))
  await add.s(2, 2).delay()
  await add.s(2).delay(4)
  // @ts-expect-error -- wrong type
  add.s('x')
  // @ts-expect-error -- wrong type in the second place
  add.s(2, 'x')
  // @ts-expect-error -- one too many
  add.s(1, 2, 3)
  // @ts-expect-error -- immutable ones are complete
  add.si(2)
  // @ts-expect-error -- one is still missing
  await add.s(2).delay()
  // @ts-expect-error -- nothing is missing
  await add.s(2, 2).delay(4)
  // @ts-expect-error -- what is missing has a type
  await add.s(2).delay('x')
  // @ts-expect-error -- one of two is missing
  await add.s().delay(1)
  // @ts-expect-error -- wrong type
  add.signature([2, 'x'])
}

export async function chains(): Promise<void> {
  exactly<number>()(await (await chain(add.s(4, 4), mul.s(8)).delay()).get())
  exactly<number>()(await (await add.s(4, 4).pipe(mul.s(8)).delay()).get())
  exactly<string>()(await (await chain(load.s(1), greet.s()).delay()).get())
  exactly<string>()(await (await chain(add.s(1, 1), add.s(2), show.s()).delay()).get())
  exactly<User>()(await (await chain(add.s(1, 1), load.si(7)).delay()).get())
  exactly<string>()(await (await app.chain(load.s(1), greet.s()).delay()).get())
  exactly<number>()(await (await chain(add.s(1), mul.s(2)).delay(3)).get())
  // @ts-expect-error -- a number is no User
  chain(add.s(1, 1), greet.s())
  // @ts-expect-error -- a User is no number
  chain(load.s(1), add.s(1))
  // @ts-expect-error -- the second takes nothing more
  chain(add.s(1, 1), mul.s(1, 1))
  // @ts-expect-error -- the third does not fit the second
  chain(add.s(1, 1), show.s(), mul.s(2))
  // @ts-expect-error -- pipe is checked as chain is
  load.s(1).pipe(mul.s(2))
  // @ts-expect-error -- a text is no User
  const user: User = await (await chain(load.s(1), greet.s()).delay()).get()
  // @ts-expect-error -- the first still misses one
  await chain(add.s(1), mul.s(2)).delay()
  void user
}

export async function groupsAndChords(): Promise<void> {
  exactly<number[]>()(await (await group([add.s(1, 1), mul.s(2, 2)]).delay()).get())
  exactly<number>()(await (await chord([add.s(1, 1), add.s(2, 2)], xsum.s()).delay()).get())
  exactly<number>()(await (await chord(group([add.s(1, 1)]), xsum.s()).delay()).get())
  exactly<number>()(
    await (
      await group([add.s(1, 1), add.s(2, 2)])
        .pipe(xsum.s())
        .delay()
    ).get()
  )
  exactly<number>()(await (await app.chord([add.s(1, 1)], xsum.s()).delay()).get())
  exactly<number[]>()(await (await add.starmap([[1, 1]]).delay()).get())
  exactly<string[]>()(await (await show.map([1, 2]).delay()).get())
  chunks(add.s(), [[1, 1]], 10)
  // @ts-expect-error -- the body takes numbers, the header gives texts
  chord([show.s(1), show.s(2)], xsum.s())
  // @ts-expect-error -- the body takes a list
  chord([add.s(1, 1)], mul.s(2))
  // @ts-expect-error -- a task is no signature
  void group([add])
  // @ts-expect-error -- a chord needs a body
  chord([add.s(1, 1)])
  // @ts-expect-error -- items are the task's arguments
  add.starmap([[1]])
  // @ts-expect-error -- items have the type of the first parameter
  show.map(['x'])
  // @ts-expect-error -- piping a group into what takes no list
  group([add.s(1, 1), add.s(2, 2)]).pipe(mul.s(2))
}
