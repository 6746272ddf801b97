import type { SqlDatabase } from './contract.js'
import type { DatabaseOptions } from './options.js'
import { SharedDatabase } from './shared-database.js'
import { openSqlite } from './sqlite/open.js'
import { locateSqlite } from './url.js'

interface Entry {
  readonly database: Promise<SqlDatabase>
  users: number
}

/**
 * One database per file, for all who ask through the same registry: their writes share commits. Give the same
 * registry to transport and backend.
 */
export class SqlDatabases {
  readonly #entries = new Map<string, Entry>()

  /** Databases open now. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * The database of a URL; ends when everybody who opened it has closed it. The options of the first opener count.
   * @throws what `openDatabase` throws
   */
  async open(url?: string, options: DatabaseOptions = {}): Promise<SqlDatabase> {
    const location = locateSqlite(url, options)
    const entry = this.#entries.get(location.path) ?? this.#add(location.path, openSqlite(location, options))
    entry.users++
    const database = await entry.database
    return new SharedDatabase(database, () => this.#release(location.path, entry))
  }

  #add(path: string, database: Promise<SqlDatabase>): Entry {
    const entry: Entry = { database, users: 0 }
    this.#entries.set(path, entry)
    // A database that failed, at once or later, is forgotten: the next to ask gets a new one.
    database.then(
      opened => opened.closed.then(() => this.#forget(path, entry)),
      () => this.#forget(path, entry)
    )
    return entry
  }

  async #release(path: string, entry: Entry): Promise<void> {
    entry.users--
    if (entry.users > 0) return
    this.#forget(path, entry)
    await (await entry.database).close()
  }

  #forget(path: string, entry: Entry): void {
    if (this.#entries.get(path) === entry) this.#entries.delete(path)
  }
}
