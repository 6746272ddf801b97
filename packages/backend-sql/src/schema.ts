import type { MigrationSteps, SqlSchema } from '@umbel/sql'

const sqlite: MigrationSteps = [
  [
    `CREATE TABLE umbel_result (
      id TEXT NOT NULL UNIQUE,
      status TEXT NOT NULL,
      seq INTEGER,
      expires_at INTEGER,
      meta TEXT NOT NULL,
      result TEXT NOT NULL
    )`,
    'CREATE INDEX umbel_result_seq ON umbel_result (seq, id) WHERE seq IS NOT NULL',
    'CREATE INDEX umbel_result_expiry ON umbel_result (expires_at) WHERE expires_at IS NOT NULL',
    'CREATE TABLE umbel_result_sequence (last INTEGER NOT NULL)',
    'INSERT INTO umbel_result_sequence VALUES (0)',
    'CREATE TABLE umbel_group (id TEXT PRIMARY KEY, children TEXT NOT NULL, expires_at INTEGER)',
    'CREATE INDEX umbel_group_expiry ON umbel_group (expires_at) WHERE expires_at IS NOT NULL',
    // A confirmed join stays until it expires, so that a late part does not begin it anew.
    `CREATE TABLE umbel_join (
      group_id TEXT PRIMARY KEY,
      size INTEGER,
      body TEXT,
      grown INTEGER NOT NULL DEFAULT 0,
      arrived INTEGER NOT NULL DEFAULT 0,
      completed_at INTEGER,
      confirmed INTEGER NOT NULL DEFAULT 0,
      expires_at INTEGER
    )`,
    'CREATE INDEX umbel_join_expiry ON umbel_join (expires_at) WHERE expires_at IS NOT NULL',
    'CREATE INDEX umbel_join_pending ON umbel_join (completed_at) WHERE completed_at IS NOT NULL AND confirmed = 0',
    `CREATE TABLE umbel_part (
      arrival INTEGER PRIMARY KEY,
      group_id TEXT NOT NULL,
      task_id TEXT NOT NULL,
      position INTEGER,
      meta TEXT NOT NULL,
      result TEXT NOT NULL,
      UNIQUE (group_id, task_id)
    )`
  ],
  [
    'CREATE TABLE umbel_revoked (id TEXT PRIMARY KEY, added_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID',
    'CREATE INDEX umbel_revoked_added ON umbel_revoked (added_at)'
  ]
]

const postgres: MigrationSteps = [
  [
    `CREATE TABLE umbel_result (
      id TEXT PRIMARY KEY,
      status TEXT NOT NULL,
      seq BIGINT NOT NULL,
      expires_at BIGINT,
      meta TEXT NOT NULL,
      result TEXT NOT NULL
    )`,
    'CREATE INDEX umbel_result_seq ON umbel_result (seq, id)',
    'CREATE INDEX umbel_result_expiry ON umbel_result (expires_at) WHERE expires_at IS NOT NULL',
    'CREATE TABLE umbel_group (id TEXT PRIMARY KEY, children TEXT NOT NULL, expires_at BIGINT)',
    'CREATE INDEX umbel_group_expiry ON umbel_group (expires_at) WHERE expires_at IS NOT NULL',
    `CREATE TABLE umbel_join (
      group_id TEXT PRIMARY KEY,
      size BIGINT,
      body TEXT,
      grown BIGINT NOT NULL DEFAULT 0,
      arrived BIGINT NOT NULL DEFAULT 0,
      completed_at BIGINT,
      confirmed SMALLINT NOT NULL DEFAULT 0,
      expires_at BIGINT
    )`,
    'CREATE INDEX umbel_join_expiry ON umbel_join (expires_at) WHERE expires_at IS NOT NULL',
    'CREATE INDEX umbel_join_pending ON umbel_join (completed_at) WHERE completed_at IS NOT NULL AND confirmed = 0',
    `CREATE TABLE umbel_part (
      arrival BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      group_id TEXT NOT NULL,
      task_id TEXT NOT NULL,
      position BIGINT,
      meta TEXT NOT NULL,
      result TEXT NOT NULL,
      UNIQUE (group_id, task_id)
    )`
  ],
  [
    'CREATE TABLE umbel_revoked (id TEXT PRIMARY KEY, added_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)',
    'CREATE INDEX umbel_revoked_added ON umbel_revoked (added_at)'
  ]
]

/**
 * Times are milliseconds since the epoch; `expires_at` NULL is never. The result's JSON stands in a column of its own, so
 * that a join hands it on unread. `seq` says in which transaction a
 * result was stored: watchers read on from there (see news.ts).
 */
export const schema: SqlSchema = { name: 'backend', steps: { sqlite, postgres } }
