import { type BoundTask, ClassTask, sharedTask, Umbel } from 'umbel'

export interface User {
  readonly name: string
  readonly age: number
}

export const app = new Umbel('types', { broker: 'memory://', backend: 'memory://' })
export const add = app.task('tasks.add', (x: number, y: number) => x + y)
export const mul = app.task('tasks.mul', { params: ['x', 'y'] }, (x: number, y: number) => x * y)
export const xsum = app.task('tasks.xsum', (xs: number[]) => xs.reduce((a, b) => a + b, 0))
export const show = app.task('tasks.show', (value: number, digits = 2) => value.toFixed(digits))
export const greet = app.task('tasks.users.greet', async (user: User) => `hello ${user.name}`)
export const load = app.task('tasks.users.load', async (id: number): Promise<User> => ({ name: String(id), age: id }))
export const ping = app.task(function ping() {
  return 'pong' as const
})
export const download = app.task(
  'tasks.download',
  { bind: true, maxRetries: 3, acksLate: true },
  async (task, url: string, filename: string) => {
    const bound: BoundTask = task
    return { id: bound.request.id, bytes: url.length + filename.length }
  }
)
export const sum = app.task('tasks.sum', (...numbers: number[]) => numbers.length)
export const nothing = app.task('tasks.nothing', (_x: number): void => undefined)

export class Resize extends ClassTask {
  run(path: string, width: number): string {
    return `${path}@${width}`
  }
}

export const resize = app.registerTask(Resize)
export const shared = sharedTask('lib.double', (x: number) => x * 2)
export const notATask = 5
