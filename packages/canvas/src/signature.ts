import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import type { Args, Kwargs, ResultTuple, SignatureData, SignatureOptions } from '@umbel/protocol'
import { apply } from './apply.js'
import { checkArguments, checkKeywords, checkOptions } from './check-options.js'
import { pipe, unchain } from './compose.js'
import { dataOf, kindOf, listOf, membersOf, type SignatureLike, withMembers } from './data.js'
import type { Dispatcher } from './dispatcher.js'
import { UnboundSignatureError } from './errors.js'
import { freeze } from './freeze.js'
import type { Handle, Pending } from './handle.js'
import { link, linkError } from './links.js'
import { applyLocally, runLocally } from './local.js'
import { override, prepend } from './merge.js'
import { type SignatureOptionsInput, toWireOptions } from './options.js'
import { createPending } from './pending.js'
import { resultOf } from './results.js'
import { readStamping, type Stamping } from './stamp.js'
import type { StampingVisitor, StampOptions } from './stamping-visitor.js'
import { textOf } from './text.js'
import type { AnySignature, ImmutableSignature } from './types.js'

declare const types: unique symbol

/** Options of one call of a signature. */
export interface SignatureCall extends SignatureOptionsInput {
  readonly kwargs?: Kwargs | undefined
}

/** An application, or the port itself. */
export type DispatcherSource = Dispatcher | { readonly dispatcher: Dispatcher }

/**
 * A call of a task, or of a composition of tasks, as a value: it can be kept, changed into another, written as JSON,
 * and sent. Nothing changes it: every verb answers a new signature. `Missing` are the arguments that must still be
 * given, in front of those it has; `R` is what it gives. (celery.canvas.Signature)
 */
export class Signature<Missing extends readonly unknown[] = readonly unknown[], R = unknown> {
  declare readonly [types]: (...missing: Missing) => R
  readonly #data: SignatureData
  readonly #dispatcher: Dispatcher | undefined

  constructor(data: SignatureLike, dispatcher?: Dispatcher) {
    this.#data = Object.freeze(dataOf(data))
    this.#dispatcher = dispatcher
  }

  /** All six keys, in wire spelling. */
  get data(): SignatureData {
    return this.#data
  }

  get dispatcher(): Dispatcher | undefined {
    return this.#dispatcher
  }

  get task(): string {
    return this.#data.task
  }

  get name(): string {
    return this.#data.task
  }

  get args(): Args {
    return this.#data.args
  }

  get kwargs(): Kwargs {
    return this.#data.kwargs
  }

  /** In wire spelling. */
  get options(): SignatureOptions {
    return this.#data.options
  }

  get immutable(): boolean {
    return this.#data.immutable
  }

  /** The task id, where one is fixed. */
  get id(): string | undefined {
    return this.#data.options.task_id
  }

  toJSON(): SignatureData {
    return this.#data
  }

  /** A copy; arguments go in front, keywords and options over its own. An immutable one takes options only. */
  clone(): Signature<Missing, R>
  clone(args: Args, kwargs?: Kwargs, options?: SignatureOptionsInput): Signature<readonly unknown[], R>
  clone(args: Args = [], kwargs: Kwargs = {}, options: SignatureOptionsInput = {}): Signature<readonly unknown[], R> {
    this.#check('clone', args, options)
    checkKeywords(kwargs, 'clone')
    return this.#with<readonly unknown[]>(override(prepend(this.#data, args, kwargs), toWireOptions(options)))
  }

  /** A copy with other arguments, keywords or options in place of its own; undefined keeps them. */
  replace(args?: Args, kwargs?: Kwargs, options?: SignatureOptionsInput): Signature<readonly unknown[], R> {
    this.#check('replace', args, options)
    checkKeywords(kwargs, 'replace')
    return this.#with<readonly unknown[]>({
      ...this.#data,
      args: args === undefined ? this.args : [...args],
      kwargs: kwargs ?? this.kwargs,
      options: options === undefined ? this.options : toWireOptions(options)
    })
  }

  /** Options over its own; an option that is undefined stays. @throws InvalidOptionError */
  set(options: SignatureOptionsInput & { readonly immutable?: boolean | undefined }): this {
    const { immutable, ...rest } = options
    this.#check('set', undefined, rest)
    const data = { ...this.#data, options: { ...this.options, ...toWireOptions(rest) } }
    return this.#same(immutable === undefined ? data : hardened(data, immutable))
  }

  /** Takes no further arguments: of a group each member, of a chord the header. */
  setImmutable(immutable?: true): ImmutableSignature<R>
  setImmutable(immutable: boolean): Signature<readonly unknown[], R>
  setImmutable(immutable = true): Signature<readonly unknown[], R> {
    return this.#with<readonly unknown[]>(hardened(this.#data, immutable))
  }

  /** Calls `callback` with the result after success: of a chain the last one's, of a chord its body's. */
  link(callback: Signature<[R], unknown>): this {
    return this.#same(link(this.#data, callback.data))
  }

  /** Calls `errback` with the failed task's id after a failure of any part; of a chord its body, and header where set. */
  linkError(errback: AnySignature): this {
    return this.#same(linkError(this.#data, errback.data, this.#dispatcher?.errorCallbacksOnChordHeader))
  }

  /** Celery's chainable name of `linkError`. */
  onError(errback: AnySignature): this {
    return this.linkError(errback)
  }

  /** This signature and, recursively, all that it links. */
  flattenLinks(): readonly Signature[] {
    const links = listOf(this.options.link).map(data => new Signature(data, this.#dispatcher))
    return [this.#with<readonly unknown[]>(this.#data), ...links.flatMap(linked => linked.flattenLinks())]
  }

  /**
   * Marks every task of it, and what it links, with stamps: headers that travel with the messages and show in results.
   * A chord's body is stamped by visitors alone. (canvas stamping)
   * @throws InvalidSignatureError where a stamp has the name of an option
   */
  stamp(visitor: StampingVisitor, options?: StampOptions): this
  stamp(stamps: StampOptions): this
  stamp(first: StampingVisitor | StampOptions, options: StampOptions = {}): this {
    const { stamper, headers } = this.#stamping(first, options)
    return this.#same(stamper.stamp(this.#data, headers))
  }

  /** As `stamp`, of callbacks and errbacks alone. */
  stampLinks(visitor: StampingVisitor, options?: StampOptions): this
  stampLinks(stamps: StampOptions): this
  stampLinks(first: StampingVisitor | StampOptions, options: StampOptions = {}): this {
    const { stamper, headers } = this.#stamping(first, options)
    return this.#same(stamper.links(this.#data, headers))
  }

  /**
   * The steps of a chain, each with what was set on the chain: its link on the last, its errbacks on all. Of anything
   * else, itself. (chain.unchain_tasks)
   */
  unchainTasks(): readonly Signature[] {
    return unchain(this.#data).map(step => new Signature(step, this.#dispatcher))
  }

  /** `this | next`: the result is given to `next` in front of its arguments; a group becomes a chord's header. */
  pipe<Next>(next: Signature<[R], Next>): Signature<Missing, Next> {
    return new Signature<Missing, Next>(pipe(this.#data, next.data), this.#dispatcher ?? next.dispatcher)
  }

  /** The form that will be sent, with all ids fixed: `taskId` for what ends it. An empty chain stays as it is. */
  freeze(taskId?: string): Frozen<Missing, R> {
    const context = this.#dispatcher ?? { newId: randomUUID }
    const data = freeze(this.#data, context, taskId) ?? this.#data
    const result = resultOf(data)
    const handle = this.#dispatcher?.handle(result) as Handle<R> | undefined
    return { signature: this.#with<Missing>(data), id: result[0][0], result, handle }
  }

  /** The same signature, sent through `app`. */
  bind(source: DispatcherSource): this {
    return this.#same(this.#data, 'dispatcher' in source ? source.dispatcher : source)
  }

  /** Sends it. @throws UnboundSignatureError */
  delay(...missing: Missing): Pending<Handle<R>> {
    return this.applyAsync(missing)
  }

  /** Sends it, with arguments in front of its own and options over its own. @throws UnboundSignatureError, InvalidOptionError */
  applyAsync(args?: Missing, { kwargs, ...options }: SignatureCall = {}): Pending<Handle<R>> {
    this.#check('applyAsync', args, options)
    checkKeywords(kwargs, 'applyAsync')
    const given = { args: args ?? [], kwargs, options: toWireOptions(options) }
    const { handle, sent } = apply<R>(this, this.#bound(), given)
    return createPending(handle, sent)
  }

  /** Runs it here and now, without a broker. @throws what a task throws; UnboundSignatureError */
  call(...missing: Missing): Promise<R> {
    return runLocally(prepend(this.#data, missing), this.#bound()) as Promise<R>
  }

  /** Runs it here and now, and gives a handle that is ready. @throws UnboundSignatureError */
  async apply(args?: Missing, { kwargs, ...options }: SignatureCall = {}): Promise<Handle<R>> {
    this.#check('apply', args, options)
    checkKeywords(kwargs, 'apply')
    const data = override(prepend(this.#data, args ?? [], kwargs), toWireOptions(options))
    return (await applyLocally(data, this.#bound())) as Handle<R>
  }

  /** The call as text, with further arguments in front. */
  reprcall(args: Args = [], kwargs: Kwargs = {}): string {
    return textOf(prepend({ ...this.#data, immutable: false }, args, kwargs))
  }

  toString(): string {
    return textOf(this.#data)
  }

  [inspect.custom](): string {
    return `Signature<${textOf(this.#data)}>`
  }

  #stamping(first: StampingVisitor | StampOptions, options: StampOptions): Stamping {
    return readStamping(first, options, data => new Signature(data, this.#dispatcher))
  }

  #bound(): Dispatcher {
    if (this.#dispatcher !== undefined) return this.#dispatcher
    throw new UnboundSignatureError(
      `${textOf(this.#data)} belongs to no application: bind it with sig.bind(app), or make it with task.s(…)`
    )
  }

  #check(verb: string, args: unknown, options: unknown): void {
    if (args !== undefined) checkArguments(args, verb)
    checkOptions(options, { of: verb, stamps: this.options.stamped_headers })
  }

  #same(data: SignatureData, dispatcher = this.#dispatcher): this {
    return this.#with<Missing>(data, dispatcher) as this
  }

  #with<M extends readonly unknown[]>(data: SignatureData, dispatcher = this.#dispatcher): Signature<M, R> {
    const Kind = this.constructor as typeof Signature
    return new Kind<M, R>(data, dispatcher)
  }
}

/** A signature whose ids are fixed. */
export interface Frozen<Missing extends readonly unknown[], R> {
  readonly signature: Signature<Missing, R>
  /** Id of what ends it. */
  readonly id: string
  readonly result: ResultTuple
  /** undefined where the signature is not bound. */
  readonly handle: Handle<R> | undefined
}

function hardened(data: SignatureData, immutable: boolean): SignatureData {
  const kind = kindOf(data)
  if (kind !== 'group' && kind !== 'chord') return { ...data, immutable }
  return withMembers(
    data,
    membersOf(data).map(member => hardened(member, immutable))
  )
}
