import type { Handle } from '@umbel/canvas'
import { IncompleteStream } from '@umbel/protocol'

/** A result, and the one whose task sent its task; undefined for the first. */
export type Dependency = readonly [sender: Handle<unknown> | undefined, handle: Handle<unknown>]

export interface DependencyOptions {
  /** Go on at tasks that are not ready: what they will send is not known yet. @default false */
  readonly intermediate?: boolean
}

/** Breadth first from `root`. @throws IncompleteStream at one that is not ready, unless `intermediate` */
export async function* iterateDependencies(
  root: Handle<unknown>,
  { intermediate = false }: DependencyOptions = {}
): AsyncGenerator<Dependency> {
  let level: readonly Dependency[] = [[undefined, root]]
  while (level.length > 0) {
    const next: Dependency[] = []
    for (const dependency of level) {
      const [, handle] = dependency
      const ready = await handle.ready()
      if (!ready && !intermediate)
        throw new IncompleteStream(`task ${handle.id} is not ready: what it sends is not known yet`)
      yield dependency
      if (ready) next.push(...(await childrenOf(handle)).map(child => [handle, child] as const))
    }
    level = next
  }
}

/** Each handle of the tree with its value. */
export async function* collect(
  root: Handle<unknown>,
  options: DependencyOptions = {}
): AsyncGenerator<readonly [handle: Handle<unknown>, value: unknown]> {
  for await (const [, handle] of iterateDependencies(root, options)) yield [handle, await handle.get()]
}

/** The value of the last handle of the tree. */
export async function lastValue(root: Handle<unknown>): Promise<unknown> {
  let last: unknown
  for await (const [, value] of collect(root)) last = value
  return last
}

async function childrenOf(handle: Handle<unknown>): Promise<readonly Handle<unknown>[]> {
  const { children } = handle as { readonly children?: unknown }
  if (typeof children === 'function') return (await children.call(handle)) as readonly Handle<unknown>[]
  return (children ?? []) as readonly Handle<unknown>[]
}
