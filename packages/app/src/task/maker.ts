import type { BoundTask } from './bound.js'
import type { TaskOptions } from './options.js'
import type { ArgumentsSchema, Inputs, Outputs, ResultOf, StandardSchema, TaskSchema } from './schema.js'
import type { Task } from './task.js'

type Body = (...args: never[]) => unknown
type BoundBody = (task: BoundTask, ...args: never[]) => unknown
type Rest<Params extends readonly unknown[]> = Params extends readonly [unknown, ...infer Others] ? Others : []
/** A schema of arguments types the task, so that its options are another form. */
type Untyped = TaskOptions & { readonly schema?: TaskSchema & { readonly args?: undefined } }
type BoundOptions = Untyped & { readonly bind: true }
type PlainOptions = Untyped & { readonly bind?: false }
type Schemas = readonly StandardSchema[]
type Checked<S extends Schemas, Result extends StandardSchema> = TaskOptions & {
  readonly schema: ArgumentsSchema<S, Result>
}
type CheckedTask<S extends Schemas, R, Name extends string = string> = Task<Inputs<S>, R, Name>

/** `app.task`: with or without a name, with or without options. */
export interface TaskMaker {
  <F extends Body>(body: F): Task<Parameters<F>, ReturnType<F>>
  <const Name extends string, F extends Body>(name: Name, body: F): Task<Parameters<F>, ReturnType<F>, Name>
  <const S extends Schemas, R, Result extends StandardSchema = never>(
    options: Checked<S, Result> & { readonly bind?: false },
    body: (...args: Outputs<S>) => R
  ): CheckedTask<S, ResultOf<Result, R>>
  <const S extends Schemas, R, Result extends StandardSchema = never>(
    options: Checked<S, Result> & { readonly bind: true },
    body: (task: BoundTask, ...args: Outputs<S>) => R
  ): CheckedTask<S, ResultOf<Result, R>>
  <const Name extends string, const S extends Schemas, R, Result extends StandardSchema = never>(
    name: Name,
    options: Checked<S, Result> & { readonly bind?: false },
    body: (...args: Outputs<S>) => R
  ): CheckedTask<S, ResultOf<Result, R>, Name>
  <const Name extends string, const S extends Schemas, R, Result extends StandardSchema = never>(
    name: Name,
    options: Checked<S, Result> & { readonly bind: true },
    body: (task: BoundTask, ...args: Outputs<S>) => R
  ): CheckedTask<S, ResultOf<Result, R>, Name>
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
