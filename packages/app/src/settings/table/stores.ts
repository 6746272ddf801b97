import { anything, flag, mapping, mappingOrFlag, optional, replaceable, seconds, text, texts, whole } from '../kinds.js'
import { built, part2, unplanned } from '../setting.js'

/** Particular result stores. Old names: CELERY_REDIS_*, CELERY_RESULT_DBURI and kin, CELERY_MONGODB_* …; the rest in upper case. */
export const storeSettings = {
  redis_host: built(optional(text), undefined),
  redis_port: built(optional(whole), undefined),
  redis_db: built(optional(whole), undefined),
  redis_username: built(optional(text), undefined),
  redis_password: built(optional(text), undefined),
  /** Two are opened, however many are allowed. */
  redis_max_connections: built(optional(whole), undefined),
  redis_backend_use_ssl: built(optional(mappingOrFlag), undefined),
  /** Seconds that an answer may take. Unset: 10, where Celery waits 120. */
  redis_socket_timeout: built(optional(seconds), undefined),
  redis_socket_connect_timeout: built(optional(seconds), undefined),
  redis_socket_keepalive: built(flag, false),
  /** Calls of the store are repeated either way. */
  redis_retry_on_timeout: built(flag, false),
  redis_backend_health_check_interval: built(optional(seconds), undefined),
  redis_backend_credential_provider: part2(optional(replaceable), undefined),
  redis_client_name: built(optional(text), undefined),

  database_url: built(optional(text), undefined, { old: ['CELERY_RESULT_DBURI'] }),
  database_engine_options: part2(
    mapping,
    { pool_pre_ping: true, pool_recycle: 3600 },
    { old: ['CELERY_RESULT_ENGINE_OPTIONS'] }
  ),
  database_engine_callback: part2(optional(replaceable), undefined),
  /** Sessions last for one transaction either way. */
  database_short_lived_sessions: built(flag, false, { old: ['CELERY_RESULT_DB_SHORT_LIVED_SESSIONS'] }),
  database_table_schemas: part2(optional(mapping), undefined),
  database_table_names: part2(optional(mapping), undefined, { old: ['CELERY_RESULT_DB_TABLENAMES'] }),
  database_create_tables_at_setup: part2(flag, true),

  cache_backend: unplanned(optional(text), undefined),
  cache_backend_options: unplanned(mapping, {}),
  mongodb_backend_settings: part2(optional(mapping), undefined),
  couchbase_backend_settings: unplanned(optional(mapping), undefined),
  arangodb_backend_settings: unplanned(optional(mapping), undefined),

  elasticsearch_retry_on_timeout: unplanned(optional(flag), undefined),
  elasticsearch_max_retries: unplanned(optional(whole), undefined),
  elasticsearch_timeout: unplanned(optional(seconds), undefined),
  elasticsearch_save_meta_as_text: unplanned(flag, true),

  cassandra_servers: unplanned(optional(texts), undefined),
  cassandra_bundle_path: unplanned(optional(text), undefined),
  cassandra_secure_bundle_path: unplanned(optional(text), undefined),
  cassandra_port: unplanned(optional(anything), undefined),
  cassandra_keyspace: unplanned(optional(text), undefined),
  cassandra_table: unplanned(optional(text), undefined),
  cassandra_read_consistency: unplanned(optional(text), undefined),
  cassandra_write_consistency: unplanned(optional(text), undefined),
  cassandra_entry_ttl: unplanned(optional(seconds), undefined),
  cassandra_auth_provider: unplanned(optional(text), undefined),
  cassandra_auth_kwargs: unplanned(optional(anything), undefined),
  cassandra_options: unplanned(mapping, {})
}
