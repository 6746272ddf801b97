import { UmbelError } from '@umbel/runtime'

/** A statement failed or the database cannot be used. Every message names the file. */
export class DatabaseError extends UmbelError {
  static override readonly code: string = 'DATABASE'
}

/** The URL cannot be read, or no database of ours has its scheme. */
export class DatabaseUrlError extends DatabaseError {
  static override readonly code = 'DATABASE_URL'
}

/** It cannot be opened: a file that is a directory, no rights; a server that refuses, or is not there. */
export class DatabaseOpenError extends DatabaseError {
  static override readonly code = 'DATABASE_OPEN'
}

/** Other processes held what a write needs for longer than `busyTimeout`. Nothing was written. */
export class DatabaseBusyError extends DatabaseError {
  static override readonly code = 'DATABASE_BUSY'
}

/** The disk is full. Nothing was written. */
export class DatabaseFullError extends DatabaseError {
  static override readonly code = 'DATABASE_FULL'
}

/** The file, its folder or the server may not be written. */
export class DatabaseReadOnlyError extends DatabaseError {
  static override readonly code = 'DATABASE_READ_ONLY'
}

/** The file is damaged or is no SQLite database. */
export class DatabaseCorruptError extends DatabaseError {
  static override readonly code = 'DATABASE_CORRUPT'
}

/** The database is some other program's: a file, or Celery's or kombu's tables. It was not changed. */
export class ForeignDatabaseError extends DatabaseError {
  static override readonly code = 'DATABASE_FOREIGN'
}

/** It was made by a newer version of Umbel. It was not changed. */
export class DatabaseVersionError extends DatabaseError {
  static override readonly code = 'DATABASE_VERSION'
}

/** Reading or writing the file failed: a broken disk, or the file or its log was removed or replaced. */
export class DatabaseIoError extends DatabaseError {
  static override readonly code = 'DATABASE_IO'
}

/** The file was removed or replaced while it was open; the connection to the server was lost. */
export class DatabaseGoneError extends DatabaseError {
  static override readonly code = 'DATABASE_GONE'
}

/** The database was closed before the call. */
export class DatabaseClosedError extends DatabaseError {
  static override readonly code = 'DATABASE_CLOSED'
}

/** The library for this database is not installed. */
export class DatabaseDriverError extends DatabaseError {
  static override readonly code = 'DATABASE_DRIVER'
}

/** What was given as the client of a transaction is none, or the database has no such transactions. */
export class DatabaseClientError extends DatabaseError {
  static override readonly code = 'DATABASE_CLIENT'
}
