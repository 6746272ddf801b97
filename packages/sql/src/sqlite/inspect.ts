import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { toError } from '@umbel/runtime'
import { DatabaseCorruptError, DatabaseOpenError, DatabaseVersionError, ForeignDatabaseError } from '../errors.js'
import type { SqliteLocation } from '../url.js'
import { countOpen } from './open-files.js'

/** 'Umbl', in the header of our files at byte 68. */
export const APPLICATION_ID = 0x556d626c
/** The file format, `user_version` at byte 60. */
export const FORMAT = 1

/** Makes the folder, and `.gitignore` in our own. @throws DatabaseOpenError */
export function prepareFolder(location: SqliteLocation): void {
  const folder = dirname(location.path)
  try {
    mkdirSync(folder, { recursive: true })
    const ignore = join(folder, '.gitignore')
    if (location.ownFolder && !existsSync(ignore)) writeFileSync(ignore, '*\n')
  } catch (cause) {
    throw new DatabaseOpenError(`${location.path}: its folder cannot be made: ${toError(cause).message}`, { cause })
  }
}

/**
 * Looks at the file without SQLite, which might change it. `fresh`: missing or empty. `unclear`: a database without
 * our mark that may be one we are just making. @throws when it is a directory, no database, or somebody else's
 */
export function inspectFile(path: string): 'fresh' | 'ours' | 'unclear' {
  // Looked at when it was opened; and closing a descriptor of ours would end SQLite's locks on it, in every thread:
  // the next process to close the file would take its log away from under us.
  if (countOpen(path) > 0) return 'ours'
  const header = readHeader(path)
  if (header === undefined || header.length === 0) return 'fresh'
  if (header.length < 100 || header.toString('latin1', 0, 16) !== 'SQLite format 3\0')
    throw new DatabaseCorruptError(`${path}: not a SQLite database, or a damaged one; it was not changed`)
  const application = header.readUInt32BE(68)
  if (application === APPLICATION_ID) {
    checkFormat(path, header.readUInt32BE(60))
    return 'ours'
  }
  const usesWal = header[18] === 2
  if (application !== 0 || usesWal) throw foreign(path)
  return 'unclear'
}

/** SQLite follows a link to a file that is missing, not to one whose folder is. @throws DatabaseOpenError */
export function checkLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return
  const target = resolve(dirname(path), readlinkSync(path))
  if (existsSync(dirname(target))) return
  throw new DatabaseOpenError(`${path}: a symbolic link to ${target}, whose folder does not exist`)
}

export function foreign(path: string): ForeignDatabaseError {
  return new ForeignDatabaseError(`${path}: a database of another program; it was not changed. Choose another file`)
}

/** @throws DatabaseVersionError */
export function checkFormat(path: string, format: number): void {
  if (format <= FORMAT) return
  const text = `${path}: made by a newer Umbel (file format ${format}, this one knows ${FORMAT}); it was not changed`
  throw new DatabaseVersionError(`${text}. Upgrade, or choose another file`)
}

function readHeader(path: string): Buffer | undefined {
  try {
    if (statSync(path).isDirectory()) throw new DatabaseOpenError(`${path}: a directory, expected a database file`)
    const file = openSync(path, 'r')
    try {
      const header = Buffer.alloc(100)
      return header.subarray(0, readSync(file, header, 0, 100, 0))
    } finally {
      // Another thread may have opened it just now.
      if (countOpen(path) <= 1) closeSync(file)
    }
  } catch (cause) {
    if (cause instanceof DatabaseOpenError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new DatabaseOpenError(`${path}: cannot be read: ${toError(cause).message}`, { cause })
  }
}
