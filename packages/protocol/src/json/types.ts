import { isMapping, shown } from '../shown.js'
import { readDatetime } from './datetime.js'
import { Decimal, PlainDate, PlainTime, Uuid } from './values.js'

/** A type of your own in JSON: `{"__type__": marker, "__value__": encode(value)}`. (kombu's register_type) */
export interface JsonType<T = unknown> {
  /** null: write what `encode` answers without a marker; it is not decoded. */
  readonly marker: string | null
  /** Asked for every object that is written, before any built-in type. */
  matches(value: unknown): boolean
  encode(value: T): unknown
  decode?(encoded: unknown): T
}

/** Decoders of Celery's own tagged types. (wire-protocol 2.2) */
export const builtInDecoders: ReadonlyMap<string, (encoded: unknown) => unknown> = new Map<
  string,
  (encoded: unknown) => unknown
>([
  ['datetime', encoded => readDatetime(text(encoded))],
  ['date', encoded => PlainDate.parse(text(encoded))],
  ['time', encoded => new PlainTime(text(encoded))],
  ['decimal', encoded => new Decimal(text(encoded))],
  ['uuid', encoded => new Uuid(text(isMapping(encoded) ? encoded['hex'] : encoded))],
  ['bytes', encoded => Buffer.from(text(encoded), 'utf8')],
  ['base64', encoded => Buffer.from(text(encoded), 'base64')]
])

function text(encoded: unknown): string {
  if (typeof encoded !== 'string') throw new TypeError(`expected text, got ${shown(encoded)}`)
  return encoded
}
