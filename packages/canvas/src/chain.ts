import { fold } from './compose.js'
import { chainData, dataOf } from './data.js'
import { dispatcherOf } from './group.js'
import { type Items, listed } from './items.js'
import { Signature } from './signature.js'
import type { AnySignature } from './types.js'

type List = readonly unknown[]
type Step<Before, R> = Signature<[Before], R>
type Walked<Member> = [Member] extends [never]
  ? Signature<readonly [], undefined>
  : Member extends Signature<never, infer R>
    ? Signature<readonly unknown[], R>
    : never

/**
 * Runs signatures one after the other; each gets the result of the one before in front of its arguments. A group
 * followed by a step becomes a chord. Gives what the last one gives. (celery.canvas.chain)
 */
export function chain(): Signature<readonly [], undefined>
export function chain<M extends List, A>(...steps: [Signature<M, A>]): Signature<M, A>
export function chain<M extends List, A, B>(...steps: [Signature<M, A>, Step<A, B>]): Signature<M, B>
export function chain<M extends List, A, B, C>(...steps: [Signature<M, A>, Step<A, B>, Step<B, C>]): Signature<M, C>
export function chain<M extends List, A, B, C, D>(
  ...steps: [Signature<M, A>, Step<A, B>, Step<B, C>, Step<C, D>]
): Signature<M, D>
export function chain<M extends List, A, B, C, D, E>(
  ...steps: [Signature<M, A>, Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>]
): Signature<M, E>
export function chain<M extends List, A, B, C, D, E, F>(
  ...steps: [Signature<M, A>, Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>, Step<E, F>]
): Signature<M, F>
export function chain<M extends List, A, B, C, D, E, F, G>(
  ...steps: [Signature<M, A>, Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>, Step<E, F>, Step<F, G>]
): Signature<M, G>
export function chain<M extends List, A, B, C, D, E, F, G, H>(
  ...steps: [Signature<M, A>, Step<A, B>, Step<B, C>, Step<C, D>, Step<D, E>, Step<E, F>, Step<F, G>, Step<G, H>]
): Signature<M, H>
export function chain<M extends List, A, B, C, D, E, F, G, H, I>(
  ...steps: [
    Signature<M, A>,
    Step<A, B>,
    Step<B, C>,
    Step<C, D>,
    Step<D, E>,
    Step<E, F>,
    Step<F, G>,
    Step<G, H>,
    Step<H, I>
  ]
): Signature<M, I>
export function chain<M extends List, A, B, C, D, E, F, G, H, I, J>(
  ...steps: [
    Signature<M, A>,
    Step<A, B>,
    Step<B, C>,
    Step<C, D>,
    Step<D, E>,
    Step<E, F>,
    Step<F, G>,
    Step<G, H>,
    Step<H, I>,
    Step<I, J>
  ]
): Signature<M, J>
/** Steps of a list are not checked against each other. */
export function chain<Member extends AnySignature>(steps: Iterable<Member>): Walked<Member>
export function chain<Member extends AnySignature>(steps: AsyncIterable<Member>): Promise<Walked<Member>>
export function chain(...steps: readonly (AnySignature | Items<AnySignature>)[]): AnySignature | Promise<AnySignature> {
  const [only] = steps
  if (steps.length === 1 && only !== undefined && !(only instanceof Signature)) return listed(only, chainOfList)
  return chainOfList(steps as readonly AnySignature[])
}

function chainOfList(steps: readonly AnySignature[]): AnySignature {
  const data = steps.length === 0 ? chainData([]) : fold(steps.map(item => dataOf(item)))
  return new Signature<never, unknown>(data, dispatcherOf(steps))
}
