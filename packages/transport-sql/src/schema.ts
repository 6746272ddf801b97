import type { SqlSchema } from '@umbel/sql'

/** `umbel_message.state`. */
export const state = {
  ready: 0,
  delayed: 1,
  taken: 2,
  /** Taken, and its queue was deleted: vanishes instead of going back. */
  orphaned: 3
} as const

/** Bits of `umbel_message.redelivered`. */
export const mark = {
  redelivered: 1,
  /** Its consumer had begun it: whoever takes it next must not run it. */
  started: 2
} as const

/**
 * Times are milliseconds since the epoch. A consumer's lease is one row for all it holds, so renewing costs the same
 * whatever that is. `ready_at` is kept when a message is taken, so what is restored is first again.
 */
export const schema: SqlSchema = {
  name: 'transport',
  steps: [
    [
      `CREATE TABLE umbel_message (
        seq INTEGER PRIMARY KEY,
        state INTEGER NOT NULL,
        owner INTEGER,
        redelivered INTEGER NOT NULL,
        id TEXT NOT NULL UNIQUE,
        queue TEXT NOT NULL,
        priority INTEGER NOT NULL,
        ready_at INTEGER NOT NULL,
        expires_at INTEGER,
        exchange TEXT NOT NULL,
        routing_key TEXT NOT NULL,
        headers TEXT NOT NULL,
        properties TEXT NOT NULL,
        body BLOB NOT NULL
      )`,
      'CREATE INDEX umbel_message_order ON umbel_message (queue, state, priority DESC, ready_at)',
      'CREATE INDEX umbel_message_due ON umbel_message (ready_at) WHERE state = 1',
      'CREATE INDEX umbel_message_owner ON umbel_message (owner) WHERE owner IS NOT NULL',
      'CREATE INDEX umbel_message_expiry ON umbel_message (expires_at) WHERE expires_at IS NOT NULL',
      // Ids are never used again: a consumer that was given up for dead must not meet its successor.
      'CREATE TABLE umbel_consumer (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, lease_until INTEGER NOT NULL)',
      'CREATE TABLE umbel_listener (id INTEGER PRIMARY KEY AUTOINCREMENT, consumer INTEGER NOT NULL, queue TEXT NOT NULL)',
      'CREATE TABLE umbel_exchange (name TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID',
      `CREATE TABLE umbel_queue (
        name TEXT PRIMARY KEY,
        definition TEXT NOT NULL,
        message_ttl INTEGER,
        auto_delete INTEGER NOT NULL,
        owner INTEGER
      ) WITHOUT ROWID`,
      `CREATE TABLE umbel_binding (
        exchange TEXT NOT NULL,
        queue TEXT NOT NULL,
        routing_key TEXT NOT NULL,
        arguments TEXT NOT NULL,
        PRIMARY KEY (exchange, queue, routing_key, arguments)
      ) WITHOUT ROWID`
    ],
    // Milliseconds that a renewal gives: an end farther away than that is of a clock that was set back since.
    ['ALTER TABLE umbel_consumer ADD COLUMN lease INTEGER NOT NULL DEFAULT 6000']
  ]
}
