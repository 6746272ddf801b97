import { toError } from '@umbel/runtime'
import {
  DatabaseBusyError,
  DatabaseCorruptError,
  DatabaseError,
  DatabaseFullError,
  DatabaseIoError,
  DatabaseOpenError,
  DatabaseReadOnlyError
} from '../errors.js'

const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const PERM = 3
const NOTADB = 26

const CODES: Readonly<Record<string, number>> = {
  SQLITE_PERM: PERM,
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: LOCKED,
  SQLITE_READONLY: READONLY,
  SQLITE_IOERR: IOERR,
  SQLITE_CORRUPT: CORRUPT,
  SQLITE_FULL: FULL,
  SQLITE_CANTOPEN: CANTOPEN,
  SQLITE_NOTADB: NOTADB
}

const IO_HINT =
  '(the disk fails, or somebody removed or replaced the file or its -wal and -shm while it was open; ' +
  'they belong together: stop all processes and move all three)'

/** The library's error as ours, naming the file. Errors that are ours already pass. */
export function translate(thrown: unknown, location: string): Error {
  const cause = toError(thrown)
  if (cause instanceof DatabaseError) return cause
  const text = `${location}: ${cause.message}`
  switch (primaryCode(cause)) {
    case BUSY:
    case LOCKED:
      return new DatabaseBusyError(text, { cause, recoverable: true })
    case FULL:
      return new DatabaseFullError(`${text}; nothing was written`, { cause, recoverable: true })
    case READONLY:
    case PERM:
      return new DatabaseReadOnlyError(`${text}; the file and its folder must be writable`, { cause })
    case CORRUPT:
    case NOTADB:
      return new DatabaseCorruptError(`${text}; move it away or restore it from a copy`, { cause })
    case CANTOPEN:
      return new DatabaseOpenError(
        `${location}: SQLite cannot open it; are its folder and its rights as they should be?`,
        {
          cause
        }
      )
    case IOERR:
      return new DatabaseIoError(`${text} ${IO_HINT}`, { cause, recoverable: true })
    default:
      return new DatabaseError(text, { cause })
  }
}

/** SQLite's primary result code, however the library spells it. */
function primaryCode(error: Error): number | undefined {
  const { rawCode, errcode, code } = error as { rawCode?: unknown; errcode?: unknown; code?: unknown }
  if (typeof rawCode === 'number') return rawCode & 0xff
  if (typeof errcode === 'number') return errcode & 0xff
  // libsql leaves the code empty when it cannot open a file.
  if (typeof code === 'string' && code !== '') return CODES[code.split('_').slice(0, 2).join('_')]
  return /: (\d+)"?\)$/.test(error.message) ? Number(/: (\d+)"?\)$/.exec(error.message)?.[1]) & 0xff : undefined
}
