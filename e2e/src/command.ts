import { fileURLToPath } from 'node:url'

/** The built `umbel` command. */
export const UMBEL = fileURLToPath(new URL('../../bin/umbel.mjs', import.meta.resolve('umbel')))
