import { describe } from '@umbel/runtime'
import { InvalidSignatureError } from './errors.js'

/** Items from anything that can be walked through, once. */
export type Items<T> = Iterable<T> | AsyncIterable<T>

/** Builds from the list of the items: at once, or as a promise where they come asynchronously. */
export function listed<T, Result>(items: Items<T>, build: (list: readonly T[]) => Result): Result | Promise<Result> {
  if (!isWalkable(items))
    throw new InvalidSignatureError(`expected signatures or an iterable of them, but got ${describe(items)}`)
  return Symbol.asyncIterator in items ? gather(items).then(build) : build([...items])
}

function isWalkable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

async function gather<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
