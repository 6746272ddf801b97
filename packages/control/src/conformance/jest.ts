import type * as Jest from '@jest/globals'

/**
 * Jest's globals, looked up and not imported: the package `@jest/globals` throws where no test runs, and the
 * benchmarks of this door run without jest.
 */
const globals = globalThis as unknown as typeof Jest

export const describe: typeof Jest.describe = globals.describe
export const it: typeof Jest.it = globals.it
export const expect: typeof Jest.expect = globals.expect
export const beforeAll: typeof Jest.beforeAll = globals.beforeAll
export const afterAll: typeof Jest.afterAll = globals.afterAll
