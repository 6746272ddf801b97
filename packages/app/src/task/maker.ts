import type { BoundTask } from './bound.js'
import type { TaskOptions } from './options.js'
import type { Task } from './task.js'

type Body = (...args: never[]) => unknown
type BoundBody = (task: BoundTask, ...args: never[]) => unknown
type Rest<Params extends readonly unknown[]> = Params extends readonly [unknown, ...infer Others] ? Others : []
type BoundOptions = TaskOptions & { readonly bind: true }
type PlainOptions = TaskOptions & { readonly bind?: false }

/** `app.task`: with or without a name, with or without options. */
export interface TaskMaker {
  <F extends Body>(body: F): Task<Parameters<F>, ReturnType<F>>
  <const Name extends string, F extends Body>(name: Name, body: F): Task<Parameters<F>, ReturnType<F>, Name>
  <F extends BoundBody>(options: BoundOptions, body: F): Task<Rest<Parameters<F>>, ReturnType<F>>
  <F extends Body>(options: PlainOptions, body: F): Task<Parameters<F>, ReturnType<F>>
  <const Name extends string, F extends BoundBody>(
    name: Name,
    options: BoundOptions,
    body: F
  ): Task<Rest<Parameters<F>>, ReturnType<F>, Name>
  <const Name extends string, F extends Body>(
    name: Name,
    options: PlainOptions,
    body: F
  ): Task<Parameters<F>, ReturnType<F>, Name>
}
