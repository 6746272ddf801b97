import type { SqlDatabase, SqlSession, WriteOptions } from './contract.js'
import { DatabaseVersionError } from './errors.js'

/** Tables of one package, as the statements that lead from each version to the next. Steps are only ever added. */
export interface SqlSchema {
  /** 'transport' */
  readonly name: string
  readonly steps: readonly (readonly string[])[]
}

/**
 * Brings the tables to this version; safe when many processes start at once.
 * @throws DatabaseVersionError when a newer Umbel made them; nothing is changed
 */
export async function migrate(database: SqlDatabase, schema: SqlSchema, options?: WriteOptions): Promise<void> {
  const current = await database.read(session => readVersion(session, database, schema))
  if (current === schema.steps.length) return
  await database.write(async session => {
    const version = await readVersion(session, database, schema)
    for (const statement of schema.steps.slice(version).flat()) await session.run(statement)
    await session.run(
      'INSERT INTO umbel_schema (name, version) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version',
      [schema.name, schema.steps.length]
    )
  }, options)
}

async function readVersion(session: SqlSession, database: SqlDatabase, schema: SqlSchema): Promise<number> {
  const [row] = await session.all('SELECT version FROM umbel_schema WHERE name = ?', [schema.name])
  const version = Number(row?.['version'] ?? 0)
  if (version <= schema.steps.length) return version
  const text = `${database.location}: made by a newer Umbel (${schema.name} tables version ${version}, this one knows ${schema.steps.length})`
  throw new DatabaseVersionError(`${text}; nothing was changed. Upgrade, or choose another file`)
}
