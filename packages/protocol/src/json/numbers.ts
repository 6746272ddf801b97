/** A reason why a number cannot be written, or its text as Python's json writes it. */
export function numberText(value: number): { readonly text: string } | { readonly reason: string } {
  if (Number.isSafeInteger(value)) return { text: Object.is(value, -0) ? '-0.0' : String(value) }
  if (Number.isInteger(value) && Math.abs(value) < 1e21)
    return { reason: `the integer ${BigInt(value)} is beyond 2^53 and may have lost digits; use a bigint` }
  return { text: floatText(value) }
}

/** A float as Python's repr writes it: the exponent has two digits at least and starts at 1e-05. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value)
  return text.replace(/e([-+])(\d)$/, (_match, sign: string, digit: string) => `e${sign}0${digit}`)
}
