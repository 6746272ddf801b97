import type { Handle } from '@umbel/canvas'
import { type DependencyOptions, iterateDependencies } from './dependencies.js'
import { DependencyGraph } from './dependency-graph.js'

export interface GraphOptions extends DependencyOptions {
  /** How a node is shown. @default its id */
  readonly formatter?: (handle: Handle<unknown>) => string
}

/** Who sent whom: each task depends on those that it sent. */
export type ResultGraph = DependencyGraph<Handle<unknown>>

/** The tree of tasks that `root` set off. @throws IncompleteStream at one that is not ready, unless `intermediate` */
export async function buildGraph(
  root: Handle<unknown>,
  { formatter = handle => handle.id, ...options }: GraphOptions = {}
): Promise<ResultGraph> {
  const graph = new DependencyGraph<Handle<unknown>>({ key: handle => handle.id, formatter })
  for await (const [sender, handle] of iterateDependencies(root, options)) {
    graph.add(handle)
    if (sender !== undefined) graph.addEdge(sender, handle)
  }
  return graph
}
