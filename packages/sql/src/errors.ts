import { UmbelError } from '@umbel/runtime'

/** A statement failed or the database cannot be used. Every message names the file. */
export class DatabaseError extends UmbelError {
  static override readonly code: string = 'DATABASE'
}

/** The URL cannot be read, or no database of ours has its scheme. */
export class DatabaseUrlError extends DatabaseError {
  static override readonly code = 'DATABASE_URL'
}

/** The file cannot be opened: a directory, no rights, no such folder. */
export class DatabaseOpenError extends DatabaseError {
  static override readonly code = 'DATABASE_OPEN'
}

/** Other processes wrote without a pause for longer than `busyTimeout`. Nothing was written. */
export class DatabaseBusyError extends DatabaseError {
  static override readonly code = 'DATABASE_BUSY'
}

/** The disk is full. Nothing was written. */
export class DatabaseFullError extends DatabaseError {
  static override readonly code = 'DATABASE_FULL'
}

/** The file or its folder may not be written. */
export class DatabaseReadOnlyError extends DatabaseError {
  static override readonly code = 'DATABASE_READ_ONLY'
}

/** The file is damaged or is no SQLite database. */
export class DatabaseCorruptError extends DatabaseError {
  static override readonly code = 'DATABASE_CORRUPT'
}

/** The file is a sound database of some other program. It was not changed. */
export class ForeignDatabaseError extends DatabaseError {
  static override readonly code = 'DATABASE_FOREIGN'
}

/** The file was made by a newer version of Umbel. It was not changed. */
export class DatabaseVersionError extends DatabaseError {
  static override readonly code = 'DATABASE_VERSION'
}

/** Reading or writing the file failed: a broken disk, or the file or its log was removed or replaced. */
export class DatabaseIoError extends DatabaseError {
  static override readonly code = 'DATABASE_IO'
}

/** The file was removed or replaced while it was open. */
export class DatabaseGoneError extends DatabaseError {
  static override readonly code = 'DATABASE_GONE'
}

/** The database was closed before the call. */
export class DatabaseClosedError extends DatabaseError {
  static override readonly code = 'DATABASE_CLOSED'
}
