import type { SqlRow } from '../contract.js'
import { DatabaseClientError } from '../errors.js'
import type { PgClient } from './pool.js'
import { PostgresSession } from './session.js'
import type { Statements } from './statements.js'
import { translate } from './translate.js'

/**
 * Statements on a client of the caller's, in the transaction that they began: `pg`'s Client, a TypeORM QueryRunner,
 * whatever has `query(text, values)`. @throws DatabaseClientError
 */
export function clientSession(client: unknown, statements: Statements, location: string): PostgresSession {
  if (!isClient(client))
    throw new DatabaseClientError(
      `${location}: expected a client with query(text, values), as pg's Client and PoolClient have it, got ${kindOf(client)}`
    )
  return new PostgresSession(statements, async ({ text }, values) => {
    try {
      const rows = rowsOf(await client.query(text, values))
      return { rows, count: rows.length }
    } catch (thrown) {
      const cause = translate(thrown, location)
      throw new DatabaseClientError(`in the transaction of the caller: ${cause.message}`, { cause })
    }
  })
}

function isClient(client: unknown): client is PgClient {
  return typeof client === 'object' && client !== null && 'query' in client && typeof client.query === 'function'
}

function rowsOf(result: unknown): readonly SqlRow[] {
  if (Array.isArray(result)) return result as readonly SqlRow[]
  const { rows } = (result ?? {}) as { readonly rows?: unknown }
  return Array.isArray(rows) ? (rows as readonly SqlRow[]) : []
}

function kindOf(value: unknown): string {
  return value === null
    ? 'null'
    : typeof value === 'object'
      ? `an object of ${Object.keys(value).slice(0, 5).join(', ')}`
      : typeof value
}
