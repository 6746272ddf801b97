import { describe, expect, it } from '@jest/globals'
import {
  type AnySignature,
  chain,
  chord,
  fromJSON,
  group,
  InvalidSignatureError,
  type Signature,
  signature,
  type StampingVisitor
} from '@umbel/canvas'
import type { SignatureData } from '@umbel/protocol'

// What is expected here is what Celery 5.5.3 answers to the same calls.

const add = (...args: number[]): Signature => signature('t.add', args)

/** The stamps of a signature, by name. */
function stampsOf({ options }: { readonly options: SignatureData['options'] }): Record<string, unknown> {
  return Object.fromEntries((options.stamped_headers ?? []).toSorted().map(name => [name, options[name]]))
}

function partsOf(canvas: AnySignature): Record<string, unknown>[] {
  const { tasks, header } = canvas.kwargs as { tasks?: SignatureData[]; header?: SignatureData[] }
  return (tasks ?? header ?? []).map(stampsOf)
}

const linksOf = (links: unknown): unknown[] => (links as SignatureData[]).map(stampsOf)

const VISITOR: StampingVisitor = {
  onSignature: () => ({ v: 'sig', k: 'sig' }),
  onGroupStart: () => ({ g: 'group', k: 'group' }),
  onChainStart: () => ({ c: 'chain', k: 'chain' }),
  onChordBody: () => ({ b: 'body' }),
  onCallback: () => ({ cb: 1 }),
  onErrback: () => ({ eb: 1 })
}

describe('stamp', () => {
  it('[K-48] stamps every task of a canvas, and what it links; the body of a chord by a visitor alone', () => {
    expect(stampsOf(add(1).stamp({ monitoring: 'm-1' }))).toEqual({ monitoring: 'm-1' })
    expect(stampsOf(add(1).stamp(VISITOR, { k: 'arg' }))).toEqual({ k: 'arg', v: 'sig' })
    const [first, second, last] = chain(add(1), add(2), group(add(3), add(4))).stamp({ z: 1 }).kwargs['tasks'] as [
      SignatureData,
      SignatureData,
      SignatureData
    ]
    expect([first, second, ...(last.kwargs['tasks'] as SignatureData[])].map(stampsOf)).toEqual(
      [1, 2, 3, 4].map(() => ({ z: 1 }))
    )
    expect(partsOf(group(add(1), add(2)).stamp({ z: 1 }))).toEqual([{ z: 1 }, { z: 1 }])
    const joined = chord([add(1)], add()).stamp({ z: 1 })
    expect([partsOf(joined), stampsOf(joined.kwargs['body'] as SignatureData)]).toEqual([[{ z: 1 }], {}])
    const linked = add(1)
      .link(add(2) as never)
      .linkError(add(3))
    const { link, link_error: linkError } = linked.stamp({ a: 1 }).options
    expect([linksOf(link), linksOf(linkError)]).toEqual([[{ a: 1 }], [{ a: 1 }]])
  })

  it('[K-48] stampLinks stamps links alone; nothing changes what it was made of; stamps survive JSON', () => {
    const linked = add(1)
      .link(add(2) as never)
      .linkError(add(3))
    const stamped = linked.stampLinks(VISITOR, { h: 1 })
    expect(stampsOf(stamped)).toEqual({})
    expect(linksOf(stamped.options.link)).toEqual([{ cb: 1, h: 1, k: 'sig', v: 'sig' }])
    expect(linksOf(stamped.options.link_error)).toEqual([{ eb: 1, h: 1, k: 'sig', v: 'sig' }])
    expect(linksOf(linked.options.link)).toEqual([{}])
    const again = add(1).stamp({ a: 1 }).stamp({ appendStamps: true, a: 2 })
    expect(stampsOf(fromJSON(JSON.parse(JSON.stringify(again))))).toEqual({ a: [2, 1] })
  })

  it('[K-49] asks the visitor at each part; what a start answers reaches all parts', () => {
    const members = { g: 'group', k: 'group', v: 'sig' }
    expect(partsOf(group(add(1), add(2)).stamp(VISITOR))).toEqual([members, members])
    const steps = { c: 'chain', k: 'chain', v: 'sig' }
    expect(partsOf(chain(add(1), add(2) as never).stamp(VISITOR))).toEqual([steps, steps])
    const joined = chord([add(1)], add()).stamp(VISITOR)
    expect(partsOf(joined)).toEqual([members])
    expect(stampsOf(joined.kwargs['body'] as SignatureData)).toEqual({ ...members, b: 'body' })
  })

  it('[K-49] calls every hook in order; stampedHeaders says which keys are stamps, the others are options', () => {
    const heard: string[] = []
    const hear = (hook: string) => (part: Signature, stamps: object) => {
      heard.push(`${hook} ${part.task} ${JSON.stringify(stamps)}`)
      return undefined
    }
    const visitor: StampingVisitor = {
      onSignature: hear('signature'),
      onGroupStart: hear('group start'),
      onGroupEnd: hear('group end'),
      onChainStart: hear('chain start'),
      onChainEnd: hear('chain end'),
      onChordHeaderStart: hear('header start'),
      onChordHeaderEnd: hear('header end'),
      onChordBody: hear('body'),
      onCallback: hear('callback'),
      onErrback: hear('errback')
    }
    const first = signature('a')
      .link(signature('b') as never)
      .linkError(signature('c'))
    chain(first, group(signature('d'), signature('e')) as never).stamp(visitor)
    chord([signature('f')], signature('g')).stamp(visitor)
    expect(heard.map(line => line.replace(' {"stampedHeaders":[]}', '').replace('celery.', ''))).toEqual([
      ...['chain start chain', 'callback b', 'signature b', 'errback c', 'signature c', 'signature a'],
      ...['group start group', 'signature d', 'signature e', 'group end group', 'chain end chain'],
      ...['header start chord', 'signature f', 'header end chord', 'body chord', 'signature g']
    ])
    const limited = add(1).stamp({ onSignature: () => ({ a: 1, priority: 3, stampedHeaders: ['a'] }) })
    expect(limited.options).toEqual({ stamped_headers: ['a'], a: 1, priority: 3 })
  })

  it('[K-51] keeps the last value of a name, or all in a list; links never get what their owner bears', () => {
    expect(stampsOf(add(1).stamp({ a: 1 }).stamp({ a: 2 }))).toEqual({ a: 2 })
    const two = add(1).stamp({ a: 1 }).stamp({ appendStamps: true, a: 2 })
    expect(stampsOf(two)).toEqual({ a: [2, 1] })
    expect(stampsOf(two.stamp({ appendStamps: true, a: 3 }))).toEqual({ a: [3, 2, 1] })
    const members = { g: 'group', k: ['group', 'sig'], v: 'sig' }
    expect(partsOf(group(add(1)).stamp(VISITOR, { appendStamps: true }))).toEqual([members])
    const linked = add(1)
      .stamp({ own: 1 })
      .link(add(2) as never)
      .linkError(add(3))
      .stamp(VISITOR, { h: 1 })
    expect(stampsOf(linked)).toEqual({ h: 1, k: 'sig', own: 1, v: 'sig' })
    expect(linksOf(linked.options.link)).toEqual([{ cb: 1, h: 1, k: 'sig', v: 'sig' }])
    expect(linksOf(linked.options.link_error)).toEqual([{ eb: 1, h: 1, k: 'sig', v: 'sig' }])
  })

  it('refuses a stamp that would change the call', () => {
    expect(() => add(1).stamp({ queue: 'q' })).toThrow(InvalidSignatureError)
    expect(() => add(1).stamp({ queue: 'q' })).toThrow("a stamp cannot be called 'queue'")
  })
})
