import {
  decimal,
  flag,
  mapping,
  mappingOrFlag,
  nullAsZero,
  oneOf,
  optional,
  replaceable,
  seconds,
  text,
  urls,
  whole
} from '../kinds.js'
import { built } from '../setting.js'

/** The connection to the broker. Old names: the same in upper case, BROKER_*. */
export const brokerSettings = {
  /** Unset: an SQLite file of the project. */
  broker_url: built(optional(urls), undefined),
  /** Unset: as broker_url. */
  broker_read_url: built(optional(urls), undefined),
  broker_write_url: built(optional(urls), undefined),
  broker_transport: built(optional(text), undefined),
  broker_transport_options: built(mapping, {}),
  broker_host: built(optional(text), undefined),
  broker_port: built(optional(whole), undefined),
  broker_user: built(optional(text), undefined),
  broker_password: built(optional(text), undefined),
  broker_vhost: built(optional(text), undefined),
  broker_failover_strategy: built(optional(replaceable), undefined),
  /** Seconds; also what attempts to publish may take together before there is no other. */
  broker_connection_timeout: built(seconds, 4),
  broker_connection_retry: built(flag, true),
  broker_connection_retry_on_startup: built(optional(flag), undefined),
  /** 0 or null: for ever. */
  broker_connection_max_retries: built(nullAsZero(whole), 100),
  /** A fault of a channel is one of its connection, which is replaced either way. */
  broker_channel_error_retry: built(flag, false),
  /** Seconds; 0 or null: none. */
  broker_heartbeat: built(nullAsZero(seconds), 120),
  /** Heartbeats are looked after twice in their time, whatever it says. */
  broker_heartbeat_checkrate: built(decimal, 3),
  broker_login_method: built(optional(text), undefined),
  /** One connection carries everything that is sent, in order, so that no more are opened; 0 or null: one for each use. */
  broker_pool_limit: built(nullAsZero(whole), 10),
  /** Nobody waits for a connection: all share one. */
  broker_pool_acquire_timeout: built(optional(seconds), undefined),
  broker_use_ssl: built(mappingOrFlag, false),
  broker_native_delayed_delivery_queue_type: built(oneOf('classic', 'quorum'), 'quorum')
}
