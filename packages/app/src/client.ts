import type { Kwargs } from '@umbel/protocol'
import type { SignatureOptionsInput, Trailing, PartialSignature, Signature } from '@umbel/canvas'
import type { PendingResult } from './publishing/pending.js'
import type { Leading, Task } from './task/task.js'

/** A task as a service that does not load its body sees it. */
export interface RemoteTask<Params extends readonly unknown[], R> {
  readonly name: string
  delay(...args: Params): PendingResult<R>
  applyAsync(args: Params, options?: SignatureOptionsInput): PendingResult<R>
  applyAsync(args: Leading<Params>, options: SignatureOptionsInput & { readonly kwargs: Kwargs }): PendingResult<R>
  s<const Given extends Trailing<Params>>(...args: Given): PartialSignature<Params, Given, R>
  si(...args: Params): Signature<[], R>
}

type NameOf<T> = T extends Task<infer _Params, infer _R, infer Name> ? Name : never
type RemoteOf<T> = T extends Task<infer Params, infer R, string> ? RemoteTask<Params, Awaited<R>> : never

/** The tasks that a module exports, by task name: `client['tasks.add']`. */
export type Client<Module, Prefix extends string = ''> = {
  readonly [Key in keyof Module as ClientKey<NameOf<Module[Key]>, Prefix>]: RemoteOf<Module[Key]>
}

type ClientKey<Name extends string, Prefix extends string> = Prefix extends ''
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
