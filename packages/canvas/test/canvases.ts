import { type AnySignature, chain, chord, group, type Signature, signature } from '@umbel/canvas'
import * as fc from 'fast-check'

/** Canvases of any nesting; the tasks are `t.a` … `t.d`. */
export function canvases(): fc.Arbitrary<Signature> {
  const { canvas } = fc.letrec<{
    leaf: Signature
    chain: Signature
    group: Signature
    chord: Signature
    canvas: Signature
  }>(tie => ({
    leaf: fc
      .record({
        name: fc.constantFrom('t.a', 't.b', 't.c', 't.d'),
        args: fc.array(fc.nat(9), { maxLength: 2 }),
        immutable: fc.boolean()
      })
      .map(({ name, args, immutable }) => signature(name, args, { immutable })),
    chain: fc.array(tie('canvas'), { maxLength: 4 }).map(steps => widen(chain(steps))),
    group: fc.array(tie('canvas'), { maxLength: 3 }).map(members => widen(group(members))),
    chord: fc
      .tuple(fc.array(tie('canvas'), { maxLength: 3 }), tie('canvas'))
      .map(([header, body]) => widen(chord(header, body))),
    canvas: fc.oneof({ maxDepth: 4, depthSize: 'medium' }, tie('leaf'), tie('chain'), tie('group'), tie('chord'))
  }))
  return canvas
}

function widen(signature: AnySignature): Signature {
  return signature as unknown as Signature
}
