const PLAIN = /^[ !#-[\]-~]*$/
const NON_ASCII = /[\u007f-\uffff]/g

/** A JSON string in ASCII, escaped as Python's json does with ensure_ascii. */
export function stringText(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`
  return JSON.stringify(value).replace(NON_ASCII, escape)
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
