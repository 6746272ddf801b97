import type { Umbel } from './umbel.js'

/** Marks applications, so that they are known across duplicate installs and module systems. */
export const APP_BRAND = Symbol.for('umbel.app')

export function isUmbel(value: unknown): value is Umbel {
  return typeof value === 'object' && value !== null && APP_BRAND in value
}
