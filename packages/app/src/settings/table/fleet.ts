import { flag, mapping, optional, replaceable, seconds, text, whole } from '../kinds.js'
import { built, part5, part6 } from '../setting.js'

/** Events, remote control and beat. Old names: CELERY_EVENT_*, CONTROL_*, CELERYBEAT_*. */
export const fleetSettings = {
  /** Seconds. */
  event_queue_ttl: part5(seconds, 5),
  event_queue_expires: part5(seconds, 60),
  event_queue_prefix: part5(text, 'celeryev'),
  event_queue_exclusive: part5(flag, true),
  event_queue_durable: part5(flag, false),
  event_exchange: part5(text, 'celeryev'),
  event_serializer: part5(text, 'json'),

  /** Seconds. */
  control_queue_ttl: built(seconds, 300),
  control_queue_expires: built(seconds, 10),
  control_queue_exclusive: built(flag, true),
  control_queue_durable: built(flag, false),
  control_exchange: built(text, 'celery'),

  beat_schedule: part6(mapping, {}),
  beat_scheduler: part6(replaceable, 'celery.beat:PersistentScheduler'),
  beat_schedule_filename: part6(text, 'celerybeat-schedule'),
  /** Seconds; 0: the scheduler's own. */
  beat_max_loop_interval: part6(seconds, 0),
  beat_sync_every: part6(whole, 0),
  beat_cron_starting_deadline: part6(optional(seconds), undefined)
}
