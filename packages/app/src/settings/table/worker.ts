import { flag, optional, replaceable, seconds, text, whole, zeroAsUnset } from '../kinds.js'
import { built, part3, part5, unplanned } from '../setting.js'

const PROCESS_LOG_FORMAT = '[%(asctime)s: %(levelname)s/%(processName)s] %(message)s'
const TASK_LOG_FORMAT = '[%(asctime)s: %(levelname)s/%(processName)s] %(task_name)s[%(task_id)s]: %(message)s'

/** The worker. Old names: CELERYD_*. */
export const workerSettings = {
  /** 0 or unset: the number of CPUs. */
  worker_concurrency: built(zeroAsUnset(whole), undefined),
  worker_pool: built(replaceable, 'async'),
  /** Messages held for each slot; 0: without limit. */
  worker_prefetch_multiplier: built(whole, 1),
  worker_disable_prefetch: part3(flag, false),
  worker_enable_prefetch_count_reduction: part3(flag, true),
  worker_eta_task_limit: part3(optional(whole), undefined),
  /** The prefetch counts per consumer, as quorum queues want it, for all queues. */
  worker_detect_quorum_queues: built(flag, true),
  /** Each worker also consumes from a queue of its own, <node>.dq2. */
  worker_direct: built(flag, false, { old: ['CELERY_WORKER_DIRECT'] }),
  worker_max_tasks_per_child: part3(optional(whole), undefined),
  /** KiB. */
  worker_max_memory_per_child: part3(optional(whole), undefined),
  /** Seconds. */
  worker_lost_wait: part3(seconds, 10, { old: ['CELERYD_WORKER_LOST_WAIT'] }),
  worker_proc_alive_timeout: part3(seconds, 4),
  worker_pool_putlocks: part3(flag, true),
  worker_pool_restarts: part3(flag, false),
  worker_autoscaler: part3(replaceable, 'celery.worker.autoscale:Autoscaler'),
  worker_consumer: part3(replaceable, 'celery.worker.consumer:Consumer'),
  worker_timer: part3(optional(replaceable), undefined),
  worker_timer_precision: part3(seconds, 1),
  worker_agent: unplanned(optional(replaceable), undefined),
  worker_cancel_long_running_tasks_on_connection_loss: part3(flag, false),
  worker_soft_shutdown_timeout: part3(seconds, 0),
  worker_enable_soft_shutdown_on_idle: part3(flag, false),
  worker_disable_rate_limits: part3(flag, false, { old: ['CELERY_DISABLE_RATE_LIMITS'] }),
  worker_deduplicate_successful_tasks: part3(flag, false),
  worker_enable_remote_control: built(flag, true, { old: ['CELERY_ENABLE_REMOTE_CONTROL'] }),
  worker_state_db: part3(optional(text), undefined),
  worker_send_task_events: part5(flag, false, { old: ['CELERY_SEND_EVENTS'] }),
  worker_hijack_root_logger: part3(flag, true),
  worker_log_color: part3(optional(flag), undefined),
  worker_log_format: part3(text, PROCESS_LOG_FORMAT),
  worker_task_log_format: part3(text, TASK_LOG_FORMAT),
  worker_redirect_stdouts: part3(flag, true, { old: ['CELERY_REDIRECT_STDOUTS'] }),
  worker_redirect_stdouts_level: part3(text, 'WARNING', { old: ['CELERY_REDIRECT_STDOUTS_LEVEL'] })
}
