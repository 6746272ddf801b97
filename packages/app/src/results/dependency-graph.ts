import { CycleError } from '../errors.js'

export interface DependencyGraphOptions<T> {
  /** What makes two nodes the same. @default identity */
  readonly key?: (node: T) => unknown
  /** How a node is shown. @default its text */
  readonly formatter?: (node: T) => string
}

/** Things and what each of them depends on. Iterates over its nodes, in the order added. (celery.utils.graph.DependencyGraph) */
export class DependencyGraph<T> implements Iterable<T> {
  readonly #nodes = new Map<unknown, T>()
  readonly #adjacent = new Map<unknown, T[]>()
  readonly #key: (node: T) => unknown
  readonly #formatter: (node: T) => string

  constructor({ key = node => node, formatter = String }: DependencyGraphOptions<T> = {}) {
    this.#key = key
    this.#formatter = formatter
  }

  get size(): number {
    return this.#nodes.size
  }

  get nodes(): readonly T[] {
    return [...this.#nodes.values()]
  }

  /** Each dependency as a pair: the first depends on the second. */
  get edges(): readonly (readonly [from: T, to: T])[] {
    return this.nodes.flatMap(from => this.dependenciesOf(from).map(to => [from, to] as const))
  }

  has(node: T): boolean {
    return this.#nodes.has(this.#key(node))
  }

  /** What a node depends on; nothing, for a node that is not here. */
  dependenciesOf(node: T): readonly T[] {
    return this.#adjacent.get(this.#key(node)) ?? []
  }

  /** Adds a node, unless it is here. (add_arc) */
  add(node: T): this {
    const key = this.#key(node)
    if (this.#nodes.has(key)) return this
    this.#nodes.set(key, node)
    this.#adjacent.set(key, [])
    return this
  }

  /** `from` depends on `to`; both are added where they are not here. (add_edge) */
  addEdge(from: T, to: T): this {
    this.add(from).add(to)
    this.#adjacent.get(this.#key(from))?.push(to)
    return this
  }

  /** Adds nodes with what each depends on. */
  update(items: Iterable<readonly [node: T, dependencies: Iterable<T>]>): this {
    for (const [node, dependencies] of items) {
      this.add(node)
      for (const dependency of dependencies) this.addEdge(node, dependency)
    }
    return this
  }

  /** Takes over the nodes of another graph; what it says of a node that is in both counts. */
  connect(other: DependencyGraph<T>): this {
    for (const node of other) {
      this.add(node)
      this.#adjacent.set(this.#key(node), [...other.dependenciesOf(node)])
    }
    for (const [, to] of other.edges) this.add(to)
    return this
  }

  /** Every node behind all that it depends on. @throws CycleError */
  topsort(): readonly T[] {
    const open = new Map([...this.#adjacent].map(([key, dependencies]) => [key, dependencies.length]))
    const dependents = this.#dependents()
    const sorted = this.nodes.filter(node => open.get(this.#key(node)) === 0)
    for (const node of sorted) {
      for (const dependent of dependents.get(this.#key(node)) ?? []) {
        const left = (open.get(this.#key(dependent)) ?? 0) - 1
        open.set(this.#key(dependent), left)
        if (left === 0) sorted.push(dependent)
      }
    }
    if (sorted.length === this.size) return sorted
    const stuck = this.nodes.filter(node => (open.get(this.#key(node)) ?? 0) > 0).map(this.#formatter)
    throw new CycleError(`a graph with a cycle has no order; in it or behind it: ${stuck.join(', ')}`)
  }

  /** As text for Graphviz. */
  toDot({ formatter = this.#formatter }: Pick<DependencyGraphOptions<T>, 'formatter'> = {}): string {
    const label = (node: T): string => JSON.stringify(formatter(node))
    const lines = [...this.nodes.map(label), ...this.edges.map(([from, to]) => `${label(from)} -> ${label(to)}`)]
    return `digraph dependencies {\n${lines.map(line => `  ${line};\n`).join('')}}`
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#nodes.values()
  }

  #dependents(): ReadonlyMap<unknown, readonly T[]> {
    const dependents = new Map<unknown, T[]>()
    for (const [from, to] of this.edges) {
      const key = this.#key(to)
      const list = dependents.get(key)
      if (list === undefined) dependents.set(key, [from])
      else list.push(from)
    }
    return dependents
  }
}
