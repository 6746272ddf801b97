import { optional, seconds, text, whole } from '../kinds.js'
import { unplanned } from '../setting.js'

/** Result stores that a cloud provides. Old names: the same in upper case. */
export const cloudSettings = {
  s3_access_key_id: unplanned(optional(text), undefined),
  s3_secret_access_key: unplanned(optional(text), undefined),
  s3_bucket: unplanned(optional(text), undefined),
  s3_base_path: unplanned(optional(text), undefined),
  s3_endpoint_url: unplanned(optional(text), undefined),
  s3_region: unplanned(optional(text), undefined),

  azureblockblob_container_name: unplanned(text, 'celery'),
  azureblockblob_base_path: unplanned(text, ''),
  azureblockblob_retry_initial_backoff_sec: unplanned(seconds, 2),
  azureblockblob_retry_increment_base: unplanned(whole, 2),
  azureblockblob_retry_max_attempts: unplanned(whole, 3),
  azureblockblob_connection_timeout: unplanned(seconds, 20),
  azureblockblob_read_timeout: unplanned(seconds, 120),

  gcs_bucket: unplanned(optional(text), undefined),
  gcs_project: unplanned(optional(text), undefined),
  gcs_base_path: unplanned(text, ''),
  gcs_ttl: unplanned(seconds, 0),
  gcs_threadpool_maxsize: unplanned(whole, 10),
  firestore_project: unplanned(optional(text), undefined),

  dynamodb_endpoint_url: unplanned(optional(text), undefined),

  cosmosdbsql_database_name: unplanned(text, 'celerydb'),
  cosmosdbsql_collection_name: unplanned(text, 'celerycol'),
  cosmosdbsql_consistency_level: unplanned(text, 'Session'),
  cosmosdbsql_max_retry_attempts: unplanned(whole, 9),
  cosmosdbsql_max_retry_wait_time: unplanned(seconds, 30)
}
