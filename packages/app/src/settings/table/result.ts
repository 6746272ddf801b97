import {
  countOrInfinity,
  flag,
  mapping,
  nullAsZero,
  optional,
  seconds,
  signedWhole,
  text,
  urls,
  whole
} from '../kinds.js'
import { built, part2 } from '../setting.js'

const ONE_DAY = 86_400

/** Where results are kept, and how. Old names: CELERY_RESULT_*. */
export const resultSettings = {
  /** Unset: results are disabled, save where no broker is given either: then an SQLite file of the project. */
  result_backend: built(optional(urls), undefined),
  result_backend_transport_options: built(mapping, {}),
  result_backend_always_retry: built(flag, false),
  result_backend_max_retries: built(countOrInfinity, Number.POSITIVE_INFINITY),
  result_backend_base_sleep_between_retries_ms: built(whole, 10),
  result_backend_max_sleep_between_retries_ms: built(whole, 10_000),
  /** A store belongs to the thread that opened it. */
  result_backend_thread_safe: built(flag, false),
  result_serializer: built(text, 'json'),
  result_compression: built(optional(text), undefined),
  result_extended: built(flag, false),
  /** Seconds; 0 or null: never. */
  result_expires: built(nullAsZero(seconds), ONE_DAY, { old: ['CELERY_TASK_RESULT_EXPIRES'] }),
  /** -1: none; 0 or null: without limit. */
  result_cache_max: built(nullAsZero(signedWhole), -1, { old: ['CELERY_MAX_CACHED_RESULTS'] }),
  result_exchange: part2(text, 'celeryresults'),
  result_exchange_type: part2(text, 'direct'),
  result_persistent: built(optional(flag), undefined),
  /** Seconds. */
  result_chord_retry_interval: built(seconds, 1),
  result_chord_join_timeout: built(seconds, 3),
  override_backends: part2(mapping, {})
}
