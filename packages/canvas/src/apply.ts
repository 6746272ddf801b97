import type { ResultTuple } from '@umbel/protocol'
import { type ApplyOptions, compile } from './compile.js'
import { dataOf, kindOf, type SignatureLike } from './data.js'
import { dispatch } from './dispatch.js'
import type { Dispatcher } from './dispatcher.js'
import { InvalidSignatureError } from './errors.js'
import type { Handle } from './handle.js'
import { SettledHandle } from './settled-handle.js'

/** A canvas under way. */
export interface Applied<R = unknown> {
  readonly id: string
  /** undefined where there was nothing to run. */
  readonly tuple: ResultTuple | undefined
  readonly handle: Handle<R>
  /** Resolves when the broker has every task. */
  readonly sent: Promise<void>
}

/**
 * Sends a signature of any shape: its chords are opened first, then one batch carries its tasks.
 * @throws InvalidSignatureError at once; `sent` rejects as `dispatch` does
 */
export function apply<R = unknown>(
  signature: SignatureLike,
  dispatcher: Dispatcher,
  options: ApplyOptions = {}
): Applied<R> {
  const data = dataOf(signature)
  if (kindOf(data) === 'group') refuseLinks(options)
  const plan = compile(data, dispatcher, options)
  const [tuple] = plan.results
  const sent = dispatch(plan, dispatcher)
  const handle = tuple === undefined ? nothing(dispatcher) : dispatcher.handle(tuple)
  return { id: handle.id, tuple, handle: handle as Handle<R>, sent }
}

/** An empty chain has run. */
function nothing(dispatcher: Dispatcher): Handle<unknown> {
  return new SettledHandle<unknown>(dispatcher.newId(), undefined, 'SUCCESS')
}

function refuseLinks({ options = {} }: ApplyOptions): void {
  if (options.link !== undefined)
    throw new InvalidSignatureError('a group has no end that could call a link: make it the header of a chord')
  if (options.link_error !== undefined)
    throw new InvalidSignatureError('a group cannot fail as one: use group.linkError(), which links each member')
}
