import type { Layer } from './layer.js'

const VARIABLES = {
  CELERY_BROKER_URL: 'broker_url',
  CELERY_BROKER_READ_URL: 'broker_read_url',
  CELERY_BROKER_WRITE_URL: 'broker_write_url',
  CELERY_RESULT_BACKEND: 'result_backend'
} as const

/** Settings from environment variables; an empty variable counts as not set. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const given = Object.entries(VARIABLES).filter(([variable]) => (env[variable] ?? '') !== '')
  return {
    source: `the environment (${given.map(([variable]) => variable).join(', ')})`,
    values: Object.fromEntries(given.map(([variable, name]) => [name, env[variable]]))
  }
}
