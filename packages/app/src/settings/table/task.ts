import { queueDefinitions, taskRoutes } from '../../routing/kinds.js'
import { anything, deliveryMode, flag, oneOf, optional, positive, priority, seconds, text } from '../kinds.js'
import { PUBLISH_RETRY_POLICY, retryPolicy } from '../retry-policy.js'
import { built, part3, part5, unplanned } from '../setting.js'

/** How tasks run, are written and are routed. Old names: CELERY_*. */
export const taskSettings = {
  task_acks_late: built(flag, false),
  task_acks_on_failure_or_timeout: built(flag, true, {
    deprecated: 'task_acks_on_failure and task_acks_on_timeout'
  }),
  /** Unset: as task_acks_on_failure_or_timeout. */
  task_acks_on_failure: built(optional(flag), undefined),
  task_acks_on_timeout: built(optional(flag), undefined),
  task_reject_on_worker_lost: built(optional(flag), undefined),
  task_always_eager: built(flag, false),
  task_eager_propagates: built(flag, false, { old: ['CELERY_EAGER_PROPAGATES_EXCEPTIONS'] }),
  task_store_eager_result: built(flag, false),
  task_ignore_result: built(flag, false),
  task_store_errors_even_if_ignored: built(flag, false),
  task_track_started: built(flag, false),
  /** Seconds. */
  task_time_limit: built(optional(seconds), undefined, { old: ['CELERYD_TASK_TIME_LIMIT'] }),
  task_soft_time_limit: built(optional(seconds), undefined, { old: ['CELERYD_TASK_SOFT_TIME_LIMIT'] }),
  task_remote_tracebacks: unplanned(flag, false),
  task_annotations: part3(anything, undefined),
  task_allow_error_cb_on_chord_header: built(flag, false),
  /** '10/s', '100/m', '3/h', or a number a second. */
  task_default_rate_limit: part3(optional(anything), undefined),
  task_send_sent_event: part5(flag, false, { old: ['CELERY_SEND_TASK_SENT_EVENT'] }),

  task_serializer: built(text, 'json', { old: ['CELERY_TASK_SERIALIZER'] }),
  task_compression: built(optional(text), undefined, { old: ['CELERY_MESSAGE_COMPRESSION'] }),
  task_protocol: built(oneOf(1, 2), 2, { old: ['CELERY_TASK_PROTOCOL'] }),
  task_publish_retry: built(flag, true, { old: ['CELERY_TASK_PUBLISH_RETRY'] }),
  task_publish_retry_policy: built(retryPolicy, PUBLISH_RETRY_POLICY, { old: ['CELERY_TASK_PUBLISH_RETRY_POLICY'] }),
  task_default_delivery_mode: built(deliveryMode, 2),
  task_default_priority: built(optional(priority), undefined),
  task_inherit_parent_priority: built(flag, false),

  task_queues: built(optional(queueDefinitions), undefined),
  task_routes: built(optional(taskRoutes), undefined),
  task_create_missing_queues: built(flag, true),
  task_create_missing_queue_type: built(oneOf('classic', 'quorum'), 'classic'),
  task_create_missing_queue_exchange_type: built(optional(oneOf('direct', 'topic', 'fanout', 'headers')), undefined),
  task_default_queue: built(text, 'celery'),
  task_default_queue_type: built(oneOf('classic', 'quorum'), 'classic'),
  /** Unset: as task_default_queue. */
  task_default_exchange: built(optional(text), undefined),
  task_default_exchange_type: built(oneOf('direct', 'topic', 'fanout', 'headers'), 'direct'),
  /** Unset: as task_default_queue. */
  task_default_routing_key: built(optional(text), undefined),
  task_queue_max_priority: built(optional(positive), undefined)
}
