import type * as Jest from '@jest/globals'

/** Looked up, not imported: `@jest/globals` throws where no test runs, and the benchmark behind this door needs no jest. */
const globals = globalThis as unknown as typeof Jest

export const describe: typeof Jest.describe = globals.describe
export const it: typeof Jest.it = globals.it
export const expect: typeof Jest.expect = globals.expect
export const beforeEach: typeof Jest.beforeEach = globals.beforeEach
export const afterEach: typeof Jest.afterEach = globals.afterEach
