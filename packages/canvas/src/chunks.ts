import { mapData } from './data.js'
import { Group, type SkewOptions } from './group.js'
import type { GroupHandle, Pending } from './handle.js'
import { type Items, listed } from './items.js'
import { InvalidSignatureError } from './errors.js'
import { Signature, type SignatureCall } from './signature.js'
import { groupOfChunks } from './spread.js'

type Call = readonly unknown[]

/** A list of calls cut into tasks of `n` calls each. (celery.canvas.chunks) */
export class Chunks<R = unknown> extends Signature<readonly [], R[][]> {
  /** The tasks as a group. */
  group(): Group<readonly [], R[]> {
    return new Group<readonly [], R[]>(groupOfChunks(this.data), this.dispatcher)
  }

  skew(options?: SkewOptions): Group<readonly [], R[]> {
    return this.group().skew(options)
  }

  override delay(): Pending<GroupHandle<R[]>> {
    return super.delay() as Pending<GroupHandle<R[]>>
  }

  override applyAsync(args?: readonly [], options?: SignatureCall): Pending<GroupHandle<R[]>> {
    return super.applyAsync(args, options) as Pending<GroupHandle<R[]>>
  }
}

/** Calls a task with each list of arguments, `n` calls a task. @throws InvalidSignatureError unless `n` is 1 or more */
export function chunks<M extends Call, R>(task: Signature<M, R>, items: AsyncIterable<M>, n: number): Promise<Chunks<R>>
export function chunks<M extends Call, R>(task: Signature<M, R>, items: Iterable<M>, n: number): Chunks<R>
export function chunks<M extends Call, R>(
  task: Signature<M, R>,
  items: Items<M>,
  n: number
): Chunks<R> | Promise<Chunks<R>> {
  if (!Number.isInteger(n) || n < 1)
    throw new InvalidSignatureError(`chunks of ${task.task} should hold 1 call or more each, but n is ${n}`)
  return listed(items, it => new Chunks<R>(mapData('chunks', { task: task.data, it, n }), task.dispatcher))
}

/** One task that calls another with each item, in order. (celery.canvas.xmap) */
export function xmap<T, R>(task: Signature<[T], R>, items: AsyncIterable<T>): Promise<Signature<readonly [], R[]>>
export function xmap<T, R>(task: Signature<[T], R>, items: Iterable<T>): Signature<readonly [], R[]>
export function xmap<T, R>(
  task: Signature<[T], R>,
  items: Items<T>
): Signature<readonly [], R[]> | Promise<Signature<readonly [], R[]>> {
  return listed(items, it => new Signature<readonly [], R[]>(mapData('map', { task: task.data, it }), task.dispatcher))
}

/** One task that calls another with each list of arguments, in order. (celery.canvas.xstarmap) */
export function xstarmap<M extends Call, R>(
  task: Signature<M, R>,
  items: AsyncIterable<M>
): Promise<Signature<readonly [], R[]>>
export function xstarmap<M extends Call, R>(task: Signature<M, R>, items: Iterable<M>): Signature<readonly [], R[]>
export function xstarmap<M extends Call, R>(
  task: Signature<M, R>,
  items: Items<M>
): Signature<readonly [], R[]> | Promise<Signature<readonly [], R[]>> {
  return listed(
    items,
    it => new Signature<readonly [], R[]>(mapData('starmap', { task: task.data, it }), task.dispatcher)
  )
}
