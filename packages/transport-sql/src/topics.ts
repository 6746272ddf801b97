import type { SqlRow, SqlSession } from '@umbel/sql'

/** What listeners of a queue listen to. */
export function topicOf(queue: string): string {
  return `queue ${queue}`
}

/** Something became ready, or will, in the queues of these rows. */
export function announceQueues(session: SqlSession, rows: readonly SqlRow[]): void {
  session.announce(new Set(rows.map(row => topicOf(String(row['queue'])))))
}
