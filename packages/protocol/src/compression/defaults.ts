import { builtInCompressions } from './built-in.js'
import { type Compressions, createCompressions } from './registry.js'

/** What node:zlib has: zlib, brotli and, from Node 22.15, zstd. */
export const defaultCompressions: Compressions = createCompressions(builtInCompressions())
