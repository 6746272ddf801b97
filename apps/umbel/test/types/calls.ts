import type { AsyncResult, EagerResult, PendingResult } from 'umbel'
import { exactly } from './exact.js'
import { add, app, download, greet, load, mul, nothing, ping, resize, shared, show, sum, type User } from './tasks.js'

// Here and now.
exactly<number>()(add(2, 2))
exactly<Promise<string>>()(greet({ name: 'a', age: 1 }))
exactly<'pong'>()(ping())
exactly<Promise<{ id: string; bytes: number }>>()(download('u', 'f'))
exactly<string>()(resize('p', 3))
exactly<number>()(shared(3))
exactly<'tasks.add'>()(add.name)

// delay
exactly<PendingResult<number>>()(add.delay(2, 2))
exactly<PendingResult<string>>()(greet.delay({ name: 'a', age: 1 }))
exactly<PendingResult<User>>()(load.delay(1))
exactly<PendingResult<{ id: string; bytes: number }>>()(download.delay('u', 'f'))
exactly<PendingResult<string>>()(show.delay(1))
exactly<PendingResult<string>>()(show.delay(1, 3))
exactly<PendingResult<number>>()(sum.delay(1, 2, 3))
exactly<PendingResult<void>>()(nothing.delay(1))
exactly<PendingResult<number>>()(shared.of(app).delay(4))
// @ts-expect-error -- wrong type
add.delay(2, 'x')
// @ts-expect-error -- one too few
add.delay(2)
// @ts-expect-error -- one too many
add.delay(2, 2, 2)
// @ts-expect-error -- none
add.delay()
// @ts-expect-error -- null is no number
add.delay(null, 2)
// @ts-expect-error -- a field is missing
greet.delay({ name: 'a' })
// @ts-expect-error -- a field of a wrong type
greet.delay({ name: 'a', age: '1' })
// @ts-expect-error -- the bound task is not an argument
download.delay({}, 'u', 'f')
// @ts-expect-error -- one too few after the bound task
download.delay('u')
// @ts-expect-error -- takes nothing
ping.delay(1)
// @ts-expect-error -- the optional one has a type too
show.delay(1, 'x')
// @ts-expect-error -- rest parameters have a type
sum.delay(1, 'x')
// @ts-expect-error -- of a class's run
resize.delay('p', 'wide')
// @ts-expect-error -- direct calls are checked too
add(1, 'x')

// applyAsync
exactly<PendingResult<number>>()(add.applyAsync([2, 2], { countdown: 10, queue: 'lopri', expires: 60 }))
exactly<PendingResult<number>>()(mul.applyAsync([2], { kwargs: { y: 2 } }))
exactly<PendingResult<number>>()(mul.applyAsync([], { kwargs: { x: 1, y: 2 } }))
add.applyAsync([2, 2], { eta: new Date(), link: show.s(), linkError: [app.signature('oops')], queue: null })
// @ts-expect-error -- wrong type
add.applyAsync([2, 'x'])
// @ts-expect-error -- one too few, and no keywords
add.applyAsync([2])
// @ts-expect-error -- one too few, and options without keywords
add.applyAsync([2], { countdown: 1 })
// @ts-expect-error -- one too many
add.applyAsync([2, 2, 2])
// @ts-expect-error -- what is given beside keywords has a type
mul.applyAsync(['x'], { kwargs: { y: 2 } })
// @ts-expect-error -- no such option
add.applyAsync([2, 2], { countDown: 10 })
// @ts-expect-error -- an option of a wrong type
add.applyAsync([2, 2], { countdown: 'soon' })
// @ts-expect-error -- arguments stand in a list
add.applyAsync(2, 2)

// apply
exactly<Promise<EagerResult<number>>>()(add.apply([1, 2]))
// @ts-expect-error -- wrong type
void add.apply([1, '2'])

// by name
exactly<PendingResult<unknown>>()(app.sendTask('tasks.add', [2, 2]))
exactly<PendingResult<number>>()(app.sendTask<number>('tasks.add', [2, 2]))
exactly<AsyncResult<unknown>>()(app.asyncResult('id'))
exactly<AsyncResult<string>>()(app.asyncResult<string>('id'))
exactly<AsyncResult<number>>()(add.asyncResult('id'))

// definitions
// @ts-expect-error -- no such option
app.task('x', { maxRetrys: 3 }, () => 1)
// @ts-expect-error -- a body is needed
app.task('x', { maxRetries: 3 })
// @ts-expect-error -- without bind the first parameter is an argument of the caller's
app.task('y', (task: { readonly request: number }) => task).delay()
