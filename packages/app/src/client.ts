import type { Args, Kwargs } from '@umbel/protocol'
import type { ImmutableSignature, PartialSignature, Signature, Trailing } from '@umbel/canvas'
import type { CallOptions } from './publishing/call-options.js'
import type { PendingResult } from './publishing/pending.js'
import type { Leading, Task } from './task/task.js'
import type { Umbel } from './umbel.js'

/** A task as a service that does not load its body sees it. */
export interface RemoteTask<Params extends readonly unknown[], R> {
  readonly name: string
  delay(...args: Params): PendingResult<R>
  applyAsync(args: Params, options?: CallOptions): PendingResult<R>
  applyAsync(args: Leading<Params>, options: CallOptions & { readonly kwargs: Kwargs }): PendingResult<R>
  s<const Given extends Trailing<Params>>(...args: Given): PartialSignature<Params, Given, R>
  si(...args: Params): ImmutableSignature<R>
}

type NameOf<T> = T extends Task<infer _Params, infer _R, infer Name> ? Name : never
type RemoteOf<T> = T extends Task<infer Params, infer R, string> ? RemoteTask<Params, Awaited<R>> : never

/** The tasks that a module exports, by task name: `client['tasks.add']`. */
export type Client<Module, Prefix extends string = ''> = {
  readonly [Key in keyof Module as ClientKey<NameOf<Module[Key]>, Prefix>]: RemoteOf<Module[Key]>
}

/** A name that is only known when the program runs makes no key. */
type ClientKey<Name extends string, Prefix extends string> = string extends Name
  ? never
  : Prefix extends ''
    ? Name
    : Name extends `${Prefix}.${infer Rest}`
      ? Rest
      : never

/** Makes a stub per name on first use; `make` knows how to send. */
export function createClient<Module, Prefix extends string>(
  prefix: Prefix,
  make: (name: string) => RemoteTask<readonly unknown[], unknown>
): Client<Module, Prefix> {
  const stubs = new Map<string, RemoteTask<readonly unknown[], unknown>>()
  const get = (_target: object, key: string | symbol): unknown => {
    if (typeof key !== 'string' || key === 'then') return undefined
    const name = prefix === '' ? key : `${prefix}.${key}`
    const stub = stubs.get(name) ?? make(name)
    stubs.set(name, stub)
    return stub
  }
  return new Proxy({}, { get }) as Client<Module, Prefix>
}

/** A stub that sends for `app`. */
export function createStub(app: Umbel, name: string): RemoteTask<readonly unknown[], unknown> {
  const make = (args: Args): Signature => app.signature(name, args)
  const stub = {
    name,
    delay: (...args: Args) => app.sendTask(name, args),
    applyAsync: (args: Args, options?: CallOptions) => app.sendTask(name, args, options),
    s: (...args: Args) => make(args),
    si: (...args: Args) => make(args).setImmutable()
  }
  return stub as unknown as RemoteTask<readonly unknown[], unknown>
}
