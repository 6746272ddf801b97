import { flag, optional, seconds, texts, timezone } from '../kinds.js'
import { built } from '../setting.js'

/** Settings of the whole application. Old names: CELERY_*. */
export const generalSettings = {
  /** Content types, or serializer names, that are decoded; what else arrives is refused. */
  accept_content: built(texts, ['json'], { old: ['CELERY_ACCEPT_CONTENT'] }),
  /** The same for results. Unset: as accept_content. */
  result_accept_content: built(optional(texts), undefined, {
    old: ['CELERY_RESULT_ACCEPT_CONTENT', 'RESULT_ACCEPT_CONTENT']
  }),
  /** Dates in messages are UTC. */
  enable_utc: built(flag, true, { old: ['CELERY_ENABLE_UTC', 'ENABLE_UTC'] }),
  /** IANA name. Unset: UTC, or the machine's zone where enable_utc is off. */
  timezone: built(optional(timezone), undefined, { old: ['CELERY_TIMEZONE', 'TIME_ZONE'] }),
  /** Modules loaded when a worker starts. */
  imports: built(texts, [], { old: ['CELERY_IMPORTS'] }),
  /** As imports, after them. */
  include: built(texts, [], { old: ['CELERY_INCLUDE'] }),
  /** Seconds until an unsettled message is handed out again, where the transport has such a window and its options say none. */
  visibility_timeout: built(optional(seconds), undefined)
}
