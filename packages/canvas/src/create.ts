import type { Args, SignatureData } from '@umbel/protocol'
import { checkArguments, checkKeywords } from './check-options.js'
import { Chunks } from './chunks.js'
import { dataOf, kindOf, readData, type SignatureLike, taskData } from './data.js'
import type { Dispatcher } from './dispatcher.js'
import { Group } from './group.js'
import { prepend } from './merge.js'
import { Signature, type SignatureCall } from './signature.js'
import type { MissingArgs, Trailing } from './types.js'

/** Makes a signature of a type of the user's own. */
export type SignatureType = (data: SignatureData, dispatcher: Dispatcher | undefined) => Signature

export interface ReadOptions {
  readonly dispatcher?: Dispatcher | undefined
  /** Classes of the user's own, by `subtask_type`. (celery.canvas.Signature.register_type) */
  readonly types?: Readonly<Record<string, SignatureType>> | undefined
}

/** A signature by a task's name, or of another signature's data; `options.kwargs` are its keywords. */
export function signature<Missing extends readonly unknown[] = readonly unknown[], R = unknown>(
  task: string | SignatureLike,
  args: Args = [],
  { kwargs, ...options }: SignatureCall & { readonly immutable?: boolean | undefined } = {}
): Signature<Missing, R> {
  checkArguments(args, 'signature')
  checkKeywords(kwargs, 'signature')
  const data = typeof task === 'string' ? taskData(task) : dataOf(task)
  const made = fromJSON(prepend(data, args, kwargs))
  return made.set(options) as Signature<Missing, R>
}

/** A signature of JSON data in any form that Celery writes, at any depth. @throws InvalidSignatureError */
export function fromJSON(value: unknown, { dispatcher, types = {} }: ReadOptions = {}): Signature {
  const data = readData(value)
  const own = Object.hasOwn(types, data.subtask_type ?? '') ? types[data.subtask_type ?? ''] : undefined
  if (own !== undefined) return own(data, dispatcher)
  switch (kindOf(data)) {
    case 'group':
      return new Group(data, dispatcher)
    case 'chunks':
      return new Chunks(data, dispatcher) as Signature
    default:
      return new Signature(data, dispatcher)
  }
}

/** A signature with more arguments given, in front of those it has: the last of the missing ones. */
export function partial<Missing extends readonly unknown[], R, Given extends Trailing<Missing>>(
  signature: Signature<Missing, R>,
  ...given: Given
): Signature<MissingArgs<Missing, Given>, R> {
  return new Signature<MissingArgs<Missing, Given>, R>(prepend(signature.data, given), signature.dispatcher)
}
