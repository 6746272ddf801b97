import { ImproperlyConfigured } from '@umbel/protocol'

export interface RevokeLimits {
  /** Most ids that a worker keeps in memory; the oldest go first. */
  readonly max: number
  /** Seconds that an id is kept. */
  readonly expires: number
}

/**
 * CELERY_WORKER_REVOKES_MAX (50000) and CELERY_WORKER_REVOKE_EXPIRES (10800 s), as in Celery variables of the environment.
 * @throws ImproperlyConfigured for one that is no number
 */
export function revokeLimits(environment: Readonly<Record<string, string | undefined>> = process.env): RevokeLimits {
  return {
    max: read(environment, 'CELERY_WORKER_REVOKES_MAX', {
      fallback: 50_000,
      kind: /^\d+$/,
      expected: 'a whole number'
    }),
    expires: read(environment, 'CELERY_WORKER_REVOKE_EXPIRES', {
      fallback: 10_800,
      kind: /^\d+(\.\d+)?$/,
      expected: 'seconds'
    })
  }
}

interface Reading {
  readonly fallback: number
  readonly kind: RegExp
  readonly expected: string
}

function read(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  { fallback, kind, expected }: Reading
): number {
  const text = environment[name]?.trim()
  if (text === undefined || text === '') return fallback
  if (kind.test(text)) return Number(text)
  throw new ImproperlyConfigured(`${name}: expected ${expected}, got ${JSON.stringify(text)}`)
}
