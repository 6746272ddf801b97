import { isUtf8 } from 'node:buffer'

const SURROGATE = /[\ud800-\udfff]/

/** Python's len(): characters outside the basic plane count once. */
export function codePoints(text: string): number {
  if (!SURROGATE.test(text)) return text.length
  let count = 0
  for (const _character of text) count++
  return count
}

/** The first `length` characters, as Python counts them. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return SURROGATE.test(text.slice(0, length * 2))
    ? Array.from(text.slice(0, length * 2))
        .slice(0, length)
        .join('')
    : text.slice(0, length)
}

/** Cut to a length, then back to the last space, then `...`. (celery.utils.text.truncate) */
export function truncate(text: string, length: number): string {
  if (text.length < length || (text.length < 2 * length && codePoints(text) < length)) return text
  const head = cut(text, length)
  const space = head.lastIndexOf(' ')
  return `${space === -1 ? head : head.slice(0, space)}...`
}

/** Only the quote is escaped. */
export function safeQuoted(text: string): string {
  return text.includes("'") ? `'${text.replaceAll("'", "\\'")}'` : `'${text}'`
}

/** A string as Python's repr() writes it. */
export function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\\\n\r\t]|(?! )[\p{C}\p{Z}]/gu, escapeCharacter)
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

function escapeCharacter(character: string): string {
  const short = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
  if (short !== undefined) return short
  const hex = (character.codePointAt(0) ?? 0).toString(16)
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/** Bytes as text where they are, else in hex. */
export function bytesText(value: Uint8Array, length: number): string {
  const whole = value.byteLength <= length
  const chunk = Buffer.from(value.buffer, value.byteOffset, whole ? value.byteLength : length)
  return `b'${isUtf8(chunk) ? chunk.toString('utf8') : chunk.toString('hex')}${whole ? '' : '...'}'`
}

/** Bytes as Python's repr() writes them. */
export function quotedBytes(value: Uint8Array): string {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
  return `b${quoted(text).replace(/[\x80-\xff]/g, escapeCharacter)}`
}
