import { IANAZone } from 'luxon'
import * as z from 'zod'

/** How the text of `name=value` on a command line becomes a value. (celery.app.defaults.Option.typemap) */
export type Cast = 'string' | 'int' | 'float' | 'bool' | 'json'

/** What values a setting takes. `expected` completes the sentence "… must be …". */
export interface Kind<Out, In = Out> {
  readonly expected: string
  readonly cast: Cast
  readonly schema: z.ZodType<Out, In>
}

/** A luxon Duration, or anything else that knows its length. */
export interface DurationLike {
  toMillis(): number
}

/** Seconds as a number, or a duration. */
export type Seconds = number | DurationLike

export type Mapping = Readonly<Record<string, unknown>>

/** Something that can be replaced by a class, a function or the import path of one. */
export type Replaceable = string | ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)

export const text: Kind<string> = { expected: 'text', cast: 'string', schema: z.string() }

export const flag: Kind<boolean> = { expected: 'true or false', cast: 'bool', schema: z.boolean() }

export const decimal: Kind<number> = { expected: 'a number', cast: 'float', schema: z.number() }

export const whole: Kind<number> = {
  expected: 'a whole number of 0 or more',
  cast: 'int',
  schema: z.int().min(0)
}

export const signedWhole: Kind<number> = { expected: 'a whole number', cast: 'int', schema: z.int() }

export const positive: Kind<number> = {
  expected: 'a whole number of 1 or more',
  cast: 'int',
  schema: z.int().min(1)
}

/** Counts that may be endless. */
export const countOrInfinity: Kind<number> = {
  expected: 'a whole number of 0 or more, or Infinity',
  cast: 'float',
  schema: z.union([z.int().min(0), z.literal(Number.POSITIVE_INFINITY)])
}

export const priority: Kind<number> = {
  expected: 'a whole number from 0 to 255',
  cast: 'int',
  schema: z.int().min(0).max(255)
}

export const seconds: Kind<number, Seconds> = {
  expected: 'seconds (a number of 0 or more, or a Duration)',
  cast: 'float',
  schema: z
    .union([z.number(), z.custom<DurationLike>(isDuration).transform(duration => duration.toMillis() / 1000)])
    .refine(value => Number.isFinite(value) && value >= 0)
}

/** One text counts as a list of one. */
export const texts: Kind<readonly string[], string | readonly string[]> = {
  expected: 'a list of texts',
  cast: 'json',
  schema: z.union([z.string().transform(one => [one]), z.array(z.string()).readonly()])
}

/** Several URLs are tried in turn; kept as one text, joined by `;` as Celery reads it. */
export const urls: Kind<string, string | readonly string[]> = {
  expected: 'a URL, or a list of URLs',
  cast: 'string',
  schema: z.union([z.string(), z.array(z.string()).transform(list => list.join(';'))])
}

export const mapping: Kind<Mapping> = {
  expected: 'a mapping of names to values',
  cast: 'json',
  schema: z.record(z.string(), z.unknown())
}

export const mappingOrFlag: Kind<Mapping | boolean> = {
  expected: 'true, false or a mapping of options',
  cast: 'json',
  schema: z.union([z.boolean(), z.record(z.string(), z.unknown())])
}

export const anything: Kind<unknown> = { expected: 'anything', cast: 'string', schema: z.unknown() }

export const replaceable: Kind<Replaceable> = {
  expected: 'a name, a class or a function',
  cast: 'string',
  schema: z.custom<Replaceable>(value => typeof value === 'string' || typeof value === 'function')
}

export const timezone: Kind<string> = {
  expected: "the IANA name of a time zone, such as 'Europe/London'",
  cast: 'string',
  schema: z.string().refine(name => name === 'local' || IANAZone.isValidZone(name))
}

export const deliveryMode: Kind<1 | 2, 1 | 2 | 'transient' | 'persistent'> = {
  expected: "1 or 'transient', 2 or 'persistent'",
  cast: 'int',
  schema: z.union([
    z.literal(1),
    z.literal(2),
    z.literal('transient').transform(() => 1 as const),
    z.literal('persistent').transform(() => 2 as const)
  ])
}

export function oneOf<const Value extends string | number>(...values: readonly Value[]): Kind<Value> {
  return {
    expected: values.map(value => (typeof value === 'string' ? `'${value}'` : String(value))).join(' or '),
    cast: typeof values[0] === 'number' ? 'int' : 'string',
    schema: z.literal(values)
  }
}

/** `null` and what was never given are `undefined`. */
export function optional<Out, In>(kind: Kind<Out, In>): Kind<Out | undefined, In | null | undefined> {
  return { ...kind, schema: kind.schema.nullish().transform(value => value ?? undefined) }
}

/** `null` means the same as 0: without limit, never, or off, as the setting says. */
export function nullAsZero<In>(kind: Kind<number, In>): Kind<number, In | null> {
  return { ...kind, schema: kind.schema.nullable().transform(value => value ?? 0) }
}

/** `null` and 0 mean: decide for me. */
export function zeroAsUnset(kind: Kind<number>): Kind<number | undefined, number | null | undefined> {
  return { ...kind, schema: kind.schema.nullish().transform(value => (value === 0 ? undefined : (value ?? undefined))) }
}

function isDuration(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'toMillis' in value && typeof value.toMillis === 'function'
}
