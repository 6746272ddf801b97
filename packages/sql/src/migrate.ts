import type { SqlDatabase, SqlSession, WriteOptions } from './contract.js'
import type { PerDialect } from './dialect.js'
import { DatabaseVersionError } from './errors.js'

/** Tables of one package, as the statements that lead from each version to the next. Steps are only ever added. */
export interface SqlSchema {
  /** 'transport' */
  readonly name: string
  readonly steps: MigrationSteps | PerDialect<MigrationSteps>
}

/** A list of statements per version. */
export type MigrationSteps = readonly (readonly string[])[]

/**
 * Brings the tables to this version; safe when many processes start at once.
 * @throws DatabaseVersionError when a newer Umbel made them; nothing is changed
 */
export async function migrate(database: SqlDatabase, schema: SqlSchema, options?: WriteOptions): Promise<void> {
  const { migrationLock } = database.dialect
  const steps = stepsOf(schema, database)
  const wanted: Wanted = { name: schema.name, version: steps.length, location: database.location }
  const current = await database.read(session => readVersion(session, wanted))
  if (current === wanted.version) return
  await database.write(async session => {
    if (migrationLock !== undefined) await session.run(migrationLock)
    const version = await readVersion(session, wanted)
    for (const statement of steps.slice(version).flat()) await session.run(statement)
    await session.run(
      'INSERT INTO umbel_schema (name, version) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version',
      [wanted.name, wanted.version]
    )
  }, options)
}

function stepsOf({ steps }: SqlSchema, { dialect }: SqlDatabase): MigrationSteps {
  return 'sqlite' in steps ? steps[dialect.name] : steps
}

interface Wanted {
  readonly name: string
  readonly version: number
  readonly location: string
}

async function readVersion(session: SqlSession, wanted: Wanted): Promise<number> {
  const [row] = await session.all('SELECT version FROM umbel_schema WHERE name = ?', [wanted.name])
  const version = Number(row?.['version'] ?? 0)
  if (version <= wanted.version) return version
  const text = `${wanted.location}: made by a newer Umbel (${wanted.name} tables version ${version}, this one knows ${wanted.version})`
  throw new DatabaseVersionError(`${text}; nothing was changed. Upgrade, or choose another database`)
}
