import type { BackendOptions, RetryPolicy } from '@umbel/backend'
import type { ConnectOptions } from '@umbel/transport'
import type { Settings } from '../settings/index.js'

/** Celery's broker_* settings, as a transport takes them. */
export function brokerOptions(settings: Settings, url: string): ConnectOptions {
  const { brokerLoginMethod, brokerTransportOptions: own, brokerUseSsl } = settings
  const delayedQueueType = settings.brokerNativeDelayedDeliveryQueueType
  return {
    transportOptions: isRabbitMq(url) ? { delayedQueueType, ...own } : own,
    timeout: settings.brokerConnectionTimeout,
    heartbeat: settings.brokerHeartbeat ?? 0,
    ...(brokerUseSsl === false ? {} : { tls: brokerUseSsl }),
    ...(brokerLoginMethod == null ? {} : { loginMethod: brokerLoginMethod })
  }
}

/** Celery's result_* and redis_* settings, as a result store takes them. */
export function backendOptions(settings: Settings, url: string | undefined): BackendOptions {
  const own = settings.resultBackendTransportOptions
  const expires = settings.resultExpires ?? 0
  if (url === undefined || !isRedis(url)) return { expires, transportOptions: own }
  const { redisBackendUseSsl } = settings
  return {
    expires,
    transportOptions: { ...redisOptions(settings), ...own },
    ...(redisBackendUseSsl == null || redisBackendUseSsl === false ? {} : { tls: redisBackendUseSsl })
  }
}

/** result_backend_always_retry and its kin. */
export function backendRetry(settings: Settings): RetryPolicy {
  const { resultBackendAlwaysRetry: alwaysRetry, resultBackendMaxRetries: most } = settings
  return {
    alwaysRetry,
    baseSleep: settings.resultBackendBaseSleepBetweenRetriesMs / 1000,
    maxSleep: settings.resultBackendMaxSleepBetweenRetriesMs / 1000,
    ...(most == null ? {} : { maxRetries: most })
  }
}

function redisOptions(settings: Settings): Readonly<Record<string, unknown>> {
  return {
    socketTimeout: settings.redisSocketTimeout ?? undefined,
    socketConnectTimeout: settings.redisSocketConnectTimeout ?? undefined,
    socketKeepalive: settings.redisSocketKeepalive,
    healthCheckInterval: settings.redisBackendHealthCheckInterval ?? undefined,
    clientName: settings.redisClientName ?? undefined
  }
}

function isRabbitMq(url: string): boolean {
  return /^(py)?amqps?:|^librabbitmq:/i.test(url)
}

function isRedis(url: string): boolean {
  return /^(rediss?|sentinel|(redis\+)?socket)\b/i.test(url)
}
