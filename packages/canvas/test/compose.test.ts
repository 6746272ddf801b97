import { describe, expect, it } from '@jest/globals'
import { type AnySignature, chain, chord, fromJSON, group, Signature, signature } from '@umbel/canvas'
import type { SignatureData } from '@umbel/protocol'

const of = (name: string) => signature<readonly unknown[], unknown>(name)
const [a, b, c, t, t2, t3] = ['a', 'b', 'c', 't', 't2', 't3'].map(of) as [
  Signature,
  Signature,
  Signature,
  Signature,
  Signature,
  Signature
]
const g = group(of('x'), of('y'))
const g2 = group(of('z'), of('w'))

/** The shape as the table of wire-protocol 7.3 writes it. */
function shape(input: AnySignature | SignatureData): string {
  const data = input instanceof Signature ? input.data : (input as SignatureData)
  const { tasks, header, body } = data.kwargs as Record<string, SignatureData[] & SignatureData>
  switch (data.task) {
    case 'celery.chain':
      return `chain(${(tasks ?? []).map(shape).join(', ')})`
    case 'celery.group':
      return `{${(tasks ?? []).map(shape).join(' ')}}`
    case 'celery.chord': {
      const members = Array.isArray(header)
        ? header
        : ((header as unknown as SignatureData).kwargs['tasks'] as SignatureData[])
      return `[${members.map(shape).join(' ')}]->${shape(body as unknown as SignatureData)}`
    }
    default:
      return data.task
  }
}

/** `left | right | …`, as Python's operator. */
function or(...signatures: readonly Signature<never, unknown>[]): Signature {
  return (signatures as readonly Signature[]).reduce((left, right) => left.pipe(right as Signature<[unknown], unknown>))
}

describe('composition', () => {
  it.each([
    ['t | t2', () => or(t, t2), 'chain(t, t2)'],
    ['g | t', () => or(g, t), '[x y]->t'],
    ['g of one | t', () => or(group(a), t), '[a]->t'],
    ['g | g2', () => or(g, g2), '[x y]->{z w}'],
    ['g | empty', () => or(g, group([])), '{x y}'],
    ['t | g', () => or(t, g), 'chain(t, {x y})'],
    ['t | g of one', () => or(t, group(a)), 'chain(t, a)'],
    ['t | g | t2', () => or(t, g, t2), 'chain(t, [x y]->t2)'],
    ['[g]->t | t2', () => or(chord(g, t), t2), '[x y]->chain(t, t2)'],
    ['[g]->t | g2', () => or(chord(g, t), g2), 'chain([x y]->t, {z w})'],
    ['[g]->t | chain(a, b)', () => or(chord(g, t), chain(a, b)), 'chain([x y]->t, a, b)'],
    ['[g]->t | chain of one | a', () => or(chord(g, t), chain([b]), a), 'chain([x y]->t, b, a)'],
    ['t | g | t2 | g2', () => or(t, g, t2, g2), 'chain(t, [x y]->chain(t2, {z w}))'],
    ['t | g | t2 | g2 | t3', () => or(t, g, t2, g2, t3), 'chain(t, [x y]->chain(t2, [z w]->t3))'],
    ['chain(chain(a, b), c)', () => chain(chain(a, b), c), 'chain(a, b, c)'],
    ['chain(a, b) | chain(c, t)', () => or(chain(a, b), chain(c, t)), 'chain(a, b, c, t)'],
    ['chain of a list', () => chain([a, g, t]), 'chain(a, [x y]->t)'],
    ['chain of nothing | t', () => or(chain([]), t), 'chain(t)'],
    ['chain of nothing | g | t', () => or(chain([]), g, t), '[x y]->t']
  ])('%s', (_name, compose, expected) => {
    expect(shape(compose())).toBe(expected)
  })

  it('keeps the links and options of chains that are spliced', () => {
    const inner = chain(a, b).link(of('done')).linkError(of('bad')).set({ queue: 'q', countdown: 3 })
    const [first, second, third] = (chain(inner, c).kwargs as { tasks: SignatureData[] }).tasks
    expect(first?.options).toMatchObject({ queue: 'q', countdown: 3, link_error: [{ task: 'bad' }] })
    expect(second?.options).toMatchObject({ queue: 'q', link: [{ task: 'done' }], link_error: [{ task: 'bad' }] })
    expect(second?.options.countdown).toBeUndefined()
    expect(third?.options).toEqual({})
  })

  it('keeps the options of a group that becomes a header', () => {
    const joined = group(a, b)
      .set({ queue: 'q' })
      .pipe(of('t') as Signature<[unknown[]], unknown>)
    expect(joined.kwargs['header']).toMatchObject({ task: 'celery.group', options: { queue: 'q' } })
    expect(shape(joined)).toBe('[a b]->t')
  })

  it('leaves what it is made of as it was', () => {
    const before = JSON.stringify([t, g, t2])
    or(t, g, t2, g2).linkError(of('bad')).link(of('done'))
    expect(JSON.stringify([t, g, t2])).toBe(before)
    expect(fromJSON(JSON.parse(JSON.stringify(g)))).toEqual(g)
  })
})
