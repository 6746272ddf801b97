/**
 * What a pool of connections must look like: `pg`'s Pool does. Restated here, so that the user brings the library, or
 * the pool.
 */
export interface PgPool {
  connect(callback: (error: Error | undefined, client: PgPoolClient | undefined) => void): void
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** A client of anybody's: of `pg`, of a TypeORM QueryRunner. */
export interface PgClient {
  query(text: string, values?: readonly unknown[]): Promise<unknown>
}

export interface PgPoolClient {
  query(query: PgQuery): Promise<PgResult>
  on(event: 'error' | 'notification', listener: (event: unknown) => void): unknown
  removeListener(event: 'error' | 'notification', listener: (event: unknown) => void): unknown
  /** With true the connection is ended instead of kept. */
  release(destroy?: boolean): void
  /** Lets the process end though the connection is open. */
  unref?(): void
}

export interface PgQuery {
  readonly text: string
  readonly values?: readonly unknown[]
  /** Kept prepared by the server under this name. */
  readonly name?: string
  readonly types?: PgTypes
}

export interface PgResult {
  readonly rows: readonly unknown[]
  readonly rowCount: number | null
  readonly command: string
}

export interface PgTypes {
  getTypeParser(oid: number, format?: string): (value: string) => unknown
}

export interface PgNotification {
  readonly channel: string
  readonly payload?: string | undefined
}
