/**
 * What in a text many stores lose or refuse, in words; undefined: nothing. For names and ids, which are looked up by
 * what was stored: SQLite ends a text at NUL, and half a surrogate pair has no UTF-8.
 */
export function textFlaw(text: string): string | undefined {
  const flaw = /\0|\p{Surrogate}/u.exec(text)
  if (flaw === null) return undefined
  const what = flaw[0] === '\0' ? 'a NUL character' : 'half a surrogate pair'
  return `${what} at position ${flaw.index} of ${JSON.stringify(text)}`
}
