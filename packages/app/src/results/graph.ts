import type { Handle } from '@umbel/canvas'
import { type DependencyOptions, iterateDependencies } from './dependencies.js'

export interface GraphOptions extends DependencyOptions {
  /** How a node is shown. @default its id */
  readonly formatter?: (handle: Handle<unknown>) => string
}

/** Who sent whom. (celery.utils.graph.DependencyGraph) */
export interface ResultGraph {
  readonly nodes: readonly Handle<unknown>[]
  readonly edges: readonly (readonly [sender: Handle<unknown>, sent: Handle<unknown>])[]
  /** As text for Graphviz. */
  toDot(): string
}

/** The tree of tasks that `root` set off. @throws IncompleteStream at one that is not ready, unless `intermediate` */
export async function buildGraph(
  root: Handle<unknown>,
  { formatter = handle => handle.id, ...options }: GraphOptions = {}
): Promise<ResultGraph> {
  const nodes: Handle<unknown>[] = []
  const edges: (readonly [Handle<unknown>, Handle<unknown>])[] = []
  for await (const [sender, handle] of iterateDependencies(root, options)) {
    nodes.push(handle)
    if (sender !== undefined) edges.push([sender, handle])
  }
  const label = (handle: Handle<unknown>): string => JSON.stringify(formatter(handle))
  const lines = [...nodes.map(label), ...edges.map(([from, to]) => `${label(from)} -> ${label(to)}`)]
  return { nodes, edges, toDot: () => `digraph dependencies {\n${lines.map(line => `  ${line};\n`).join('')}}` }
}
