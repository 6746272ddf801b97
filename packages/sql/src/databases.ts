import type { SqlDatabase } from './contract.js'
import { locate } from './open.js'
import type { DatabaseOptions } from './options.js'
import type { PgPool } from './postgres/pool.js'
import { SharedDatabase } from './shared-database.js'

export interface SqlDatabasesOptions {
  /**
   * A Pool of the application's, of `pg`: used for every URL of PostgreSQL instead of one of ours, and not ended with
   * the database. One of its connections listens for as long as somebody waits.
   */
  readonly pool?: PgPool
}

interface Entry {
  readonly database: Promise<SqlDatabase>
  users: number
}

/**
 * One database per file or server, for all who ask through the same registry. Give the same registry to transport and
 * backend: in a file their writes share commits, of a server they share the connections.
 */
export class SqlDatabases {
  readonly #entries = new Map<string, Entry>()
  readonly #pool: PgPool | undefined

  constructor({ pool }: SqlDatabasesOptions = {}) {
    this.#pool = pool
  }

  /** Databases open now. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * The database of a URL; ends when everybody who opened it has closed it. The options of the first opener count.
   * @throws what `openDatabase` throws
   */
  async open(url?: string, options: DatabaseOptions = {}): Promise<SqlDatabase> {
    const { key, open } = locate(url, options, this.#pool)
    const entry = this.#entries.get(key) ?? this.#add(key, open())
    entry.users++
    const database = await entry.database
    return new SharedDatabase(database, () => this.#release(key, entry))
  }

  #add(key: string, database: Promise<SqlDatabase>): Entry {
    const entry: Entry = { database, users: 0 }
    this.#entries.set(key, entry)
    // A database that failed, at once or later, is forgotten: the next to ask gets a new one.
    database.then(
      opened => opened.closed.then(() => this.#forget(key, entry)),
      () => this.#forget(key, entry)
    )
    return entry
  }

  async #release(key: string, entry: Entry): Promise<void> {
    entry.users--
    if (entry.users > 0) return
    this.#forget(key, entry)
    await (await entry.database).close()
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }
}
