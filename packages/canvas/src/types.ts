import type { Signature } from './signature.js'

type List = readonly unknown[]

/** Any signature, whatever it misses and gives. */
export type AnySignature = Signature<never, unknown>

/** A signature that takes no further argument: the result of the step before it is dropped. */
export type ImmutableSignature<R> = Signature<[ignored?: unknown], R>

/** What a task gives: `T` where its function returns `T` or `Promise<T>`. */
export type TaskResult<F extends (...args: never[]) => unknown> = Awaited<ReturnType<F>>

/**
 * What may be given in advance to a task with these parameters: its last arguments, as Celery puts
 * what comes at call time in front.
 */
export type Trailing<Params extends List> = Readonly<Suffixes<Arities<Params>>>

/** What must still be given to a task when `Given` were: the leading parameters. */
export type MissingArgs<Params extends List, Given extends List> = Cut<Arities<Params>, Given>

/** The signature made by `task.s(...given)`. */
export type PartialSignature<Params extends List, Given extends List, R> = Signature<MissingArgs<Params, Given>, R>

/** `[a, b?]` → `[a] | [a, b]`: every number of arguments that the parameters allow. Rest parameters stay. */
type Arities<Params extends List, Taken extends List = []> = Params extends readonly []
  ? Taken
  : Params[number][] extends Params
    ? [...Taken, ...Params]
    : Params extends readonly [infer First, ...infer Rest]
      ? Arities<Rest, [...Taken, First]>
      : Params extends readonly [(infer First)?, ...infer Rest]
        ? Taken | Arities<Rest, [...Taken, First]>
        : never

type Suffixes<Params extends List> = Params extends readonly [unknown, ...infer Rest] ? Params | Suffixes<Rest> : Params

type Cut<Params extends List, Given extends List, Before extends List = []> = Params extends readonly [
  infer First,
  ...infer Rest
]
  ? FitsWhole<Params, Given, Before> | Cut<Rest, Given, [...Before, First]>
  : Params extends readonly []
    ? FitsWhole<Params, Given, Before>
    : Given extends Readonly<Params>
      ? [...Before, ...Params]
      : never

type FitsWhole<Params extends List, Given extends List, Missing extends List> = [Given] extends [Readonly<Params>]
  ? Missing
  : never
