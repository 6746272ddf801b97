import { describe, expect, it } from '@jest/globals'
import { CycleError, DependencyGraph } from '../src/index.js'

describe('DependencyGraph', () => {
  const make = (): DependencyGraph<string> =>
    new DependencyGraph<string>().update([
      ['roof', ['walls']],
      ['walls', ['floor', 'plan']],
      ['floor', ['plan']]
    ])

  it('[K-52] adds, connects, iterates, sorts and draws', () => {
    const graph = make().add('garden').add('roof').addEdge('garden', 'plan')
    expect([...graph]).toEqual(['roof', 'walls', 'floor', 'plan', 'garden'])
    expect([graph.size, graph.has('garden'), graph.has('moat')]).toEqual([5, true, false])
    expect(graph.topsort()).toEqual(['plan', 'floor', 'garden', 'walls', 'roof'])
    expect(graph.edges).toContainEqual(['walls', 'floor'])
    const other = new DependencyGraph<string>().addEdge('chimney', 'roof').addEdge('garden', 'fence')
    expect([...graph.connect(other)].slice(5)).toEqual(['chimney', 'fence'])
    expect(graph.dependenciesOf('garden')).toEqual(['fence'])
    expect(graph.dependenciesOf('roof')).toEqual([])
    expect(new DependencyGraph<string>().addEdge('a', 'b').toDot()).toBe(
      'digraph dependencies {\n  "a";\n  "b";\n  "a" -> "b";\n}'
    )
    expect(make().toDot({ formatter: node => node.toUpperCase() })).toContain('"ROOF" -> "WALLS";')
  })

  it('takes nodes of one key for the same', () => {
    const graph = new DependencyGraph<{ id: number }>({ key: node => node.id, formatter: node => `#${node.id}` })
    graph.addEdge({ id: 1 }, { id: 2 }).addEdge({ id: 2 }, { id: 3 })
    expect(graph.topsort().map(({ id }) => id)).toEqual([3, 2, 1])
    expect(graph.toDot()).toContain('"#2" -> "#3"')
  })

  it('refuses to sort a circle, naming what is in it', () => {
    const graph = new DependencyGraph<string>().addEdge('a', 'b').addEdge('b', 'a').add('alone')
    expect(() => graph.topsort()).toThrow(CycleError)
    expect(() => graph.topsort()).toThrow('a, b')
  })

  it('sorts a line of 50,000 without running out of stack', () => {
    const graph = new DependencyGraph<number>()
    for (let node = 0; node < 50_000; node++) graph.addEdge(node, node + 1)
    expect(graph.topsort().at(-1)).toBe(0)
  })
})
