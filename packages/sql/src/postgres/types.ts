import type { PgTypes } from './pool.js'

const BYTEA = 17
/** int8, int2, int4, oid, float4, float8, numeric: ours are times and counts, which a number holds. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700])

/** How values come: of our queries alone, whatever the application told `pg`. */
export const types: PgTypes = {
  getTypeParser(oid) {
    if (NUMBERS.has(oid)) return Number
    return oid === BYTEA ? parseBytes : String
  }
}

function parseBytes(text: string): Uint8Array {
  return Buffer.from(text.slice(2), 'hex')
}
