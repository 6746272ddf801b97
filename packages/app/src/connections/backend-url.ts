import type { Settings } from '../settings/index.js'
import { configuredBroker } from './broker-urls.js'

/**
 * undefined: results are disabled, as in Celery when a broker is configured and no result backend. `redis` without a
 * URL is composed of redis_host and its kin, `database` is what database_url says.
 */
export function backendUrlOf(settings: Settings): string | undefined {
  const { resultBackend } = settings
  if (resultBackend === 'disabled') return undefined
  if (resultBackend == null) return configuredBroker(settings) === undefined ? 'sqlite://' : undefined
  const name = resultBackend.replace(/:?\/*$/, '')
  if (name === 'redis' || name === 'rediss') return redisUrl(name, settings)
  if (name === 'database' || name === 'db') return settings.databaseUrl ?? resultBackend
  return resultBackend
}

function redisUrl(scheme: string, settings: Settings): string {
  const { redisHost, redisPort, redisDb, redisUsername, redisPassword } = settings
  const password = redisPassword == null ? '' : `:${encodeURIComponent(redisPassword)}@`
  const user = password === '' ? '' : `${encodeURIComponent(redisUsername ?? '')}${password}`
  return `${scheme}://${user}${redisHost ?? 'localhost'}:${redisPort ?? 6379}/${redisDb ?? 0}`
}
