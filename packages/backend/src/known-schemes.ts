/** Schemes that stand for another. */
export const ALIASES: Readonly<Record<string, string>> = {
  postgres: 'postgresql',
  postgresql: 'postgres',
  sqlite3: 'sqlite'
}

/** Prefixes that only announce a family (`db+sqlite://`, `cache+memory://`): the rest says which store it is. */
export const FAMILIES: ReadonlySet<string> = new Set(['db', 'database', 'cache'])

/** Which package answers to a scheme. */
export const PACKAGES: Readonly<Record<string, string>> = {
  redis: '@umbel/backend-redis',
  rediss: '@umbel/backend-redis',
  'redis+socket': '@umbel/backend-redis',
  sentinel: '@umbel/backend-redis',
  rpc: '@umbel/backend-rpc',
  sqlite: '@umbel/backend-sql',
  postgres: '@umbel/backend-sql',
  postgresql: '@umbel/backend-sql',
  db: '@umbel/backend-sql',
  database: '@umbel/backend-sql',
  memory: '@umbel/memory',
  'cache+memory': '@umbel/memory'
}

/** Schemes that Celery had and gave up, with what replaces them. */
export const REPLACED: Readonly<Record<string, string>> = {
  amqp: 'rpc',
  amqps: 'rpc',
  pyamqp: 'rpc'
}

/** Schemes of Celery for which there is no driver of ours. */
export const UNSUPPORTED: readonly string[] = [
  'arangodb',
  'azureblockblob',
  'cassandra',
  'consul',
  'cosmosdbsql',
  'couchbase',
  'couchdb',
  'dynamodb',
  'elasticsearch',
  'file',
  'gs',
  'memcached',
  'mongodb',
  'mysql',
  'oracle',
  's3'
]
