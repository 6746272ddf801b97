import type { SqlDialect } from './contract.js'

export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  unfold: alias => `json_each(?) AS ${alias}`,
  among: 'IN (SELECT value FROM json_each(?))',
  amongNumbers: 'IN (SELECT value FROM json_each(?))',
  unlocked: select => `IN (${select})`,
  migrationLock: undefined
}

// ARRAY(…) is read once, before the rows are looked for by index: an IN may be read again for each of them, and would
// lock more rows than its LIMIT says.
export const postgresDialect: SqlDialect = {
  name: 'postgres',
  unfold: alias => `json_array_elements_text(?::json) AS ${alias} (value)`,
  among: '= ANY(ARRAY(SELECT json_array_elements_text(?::json)))',
  amongNumbers: '= ANY(ARRAY(SELECT json_array_elements_text(?::json)::bigint))',
  unlocked: select => `= ANY(ARRAY(${select} FOR UPDATE SKIP LOCKED))`,
  migrationLock: 'LOCK TABLE umbel_schema IN SHARE ROW EXCLUSIVE MODE'
}

/** Something for each database. */
export type PerDialect<T> = Readonly<Record<SqlDialect['name'], T>>

/** Statements written once, with the dialect's words in them; made when the module is loaded, not with every call. */
export function perDialect<T>(make: (dialect: SqlDialect) => T): (of: { readonly dialect: SqlDialect }) => T {
  const made: PerDialect<T> = { sqlite: make(sqliteDialect), postgres: make(postgresDialect) }
  return ({ dialect }) => made[dialect.name]
}
