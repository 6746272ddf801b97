import { type ImmutableSignature, type PendingResult, type Signature, Umbel } from 'umbel'
import { exactly, type Same } from './exact.js'
import type { User } from './tasks.js'

// oxlint-disable-next-line typescript/consistent-type-imports -- how a client names a module that it does not load
type Tasks = typeof import('./tasks.js')

const app = new Umbel('web')
const remote = app.client<Tasks>()
const users = app.client<Tasks, 'tasks.users'>('tasks.users')

exactly<PendingResult<number>>()(remote['tasks.add'].delay(2, 2))
exactly<PendingResult<User>>()(remote['tasks.users.load'].delay(1))
exactly<PendingResult<{ id: string; bytes: number }>>()(remote['tasks.download'].delay('u', 'f'))
exactly<PendingResult<number>>()(remote['tasks.mul'].applyAsync([2], { kwargs: { y: 2 } }))
exactly<Signature<[x: number], number>>()(remote['tasks.add'].s(2))
exactly<ImmutableSignature<number>>()(remote['tasks.add'].si(2, 2))
exactly<PendingResult<string>>()(users.greet.delay({ name: 'a', age: 1 }))
exactly<true>()(true as Same<keyof typeof users, 'greet' | 'load'>)

// @ts-expect-error -- no such task
void remote['tasks.nope']
// @ts-expect-error -- wrong type
remote['tasks.add'].delay(2, 'x')
// @ts-expect-error -- one too few
remote['tasks.add'].delay(2)
// @ts-expect-error -- the bound task is not an argument
remote['tasks.download'].delay({}, 'u', 'f')
// @ts-expect-error -- wrong type
remote['tasks.add'].applyAsync(['x', 2])
// @ts-expect-error -- wrong type
remote['tasks.add'].s('x')
// @ts-expect-error -- what is no task is no stub
void remote.notATask
// @ts-expect-error -- a task is not run by a client
void remote['tasks.add'].apply([1, 1])
// @ts-expect-error -- of other tasks the prefix hides the name
void users.add
// @ts-expect-error -- wrong type behind a prefix
users.load.delay('x')

// What is `any` or `unknown` is not exactly a type.
declare const anything: ReturnType<typeof JSON.parse>
declare const something: unknown
// @ts-expect-error -- any
exactly<number>()(anything)
// @ts-expect-error -- unknown
exactly<number>()(something)
// @ts-expect-error -- any, deep inside
exactly<PendingResult<number>>()(app.sendTask<ReturnType<typeof JSON.parse>>('x'))
