/** Marks the package's value classes, so that a second copy of the package knows them. */
export const WIRE = Symbol.for('umbel.wire')

export type WireKind = 'json' | 'decimal' | 'uuid' | 'date' | 'time'

export function wireKind(value: object): WireKind | undefined {
  return (value as { readonly [WIRE]?: WireKind })[WIRE]
}
