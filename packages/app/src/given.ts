/** A property where there is a value for it, to be spread. */
export function given<K extends string, V>(key: K, value: V | null | undefined): { readonly [key in K]?: V } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V })
}
