import { toError } from '@umbel/runtime'
import {
  DatabaseBusyError,
  DatabaseCorruptError,
  DatabaseError,
  DatabaseFullError,
  DatabaseGoneError,
  DatabaseOpenError,
  DatabaseReadOnlyError
} from '../errors.js'

type ErrorClass = new (message: string, options: { cause: Error; recoverable: boolean }) => DatabaseError

interface Meaning {
  readonly type: ErrorClass
  /** It may pass. */
  readonly recoverable: boolean
  readonly hint?: string
}

/** By SQLSTATE, or the class that it begins with. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '08': { type: DatabaseGoneError, recoverable: true },
  '28': { type: DatabaseOpenError, recoverable: false, hint: 'check user and password, and pg_hba.conf of the server' },
  '3D': { type: DatabaseOpenError, recoverable: false, hint: 'make the database first: createdb' },
  '3F': { type: DatabaseOpenError, recoverable: false },
  '57014': { type: DatabaseBusyError, recoverable: true },
  '57P': { type: DatabaseGoneError, recoverable: true },
  '55P03': { type: DatabaseBusyError, recoverable: true, hint: 'another transaction holds a lock' },
  '40': { type: DatabaseBusyError, recoverable: true },
  '53100': { type: DatabaseFullError, recoverable: true },
  '53': { type: DatabaseOpenError, recoverable: true },
  '25006': { type: DatabaseReadOnlyError, recoverable: true, hint: 'is this a standby?' },
  '42501': { type: DatabaseReadOnlyError, recoverable: false, hint: 'the user needs more rights' },
  XX001: { type: DatabaseCorruptError, recoverable: false },
  XX002: { type: DatabaseCorruptError, recoverable: false }
}

const REFUSED_TLS: Meaning = {
  type: DatabaseOpenError,
  recoverable: false,
  hint: 'TLS: see sslmode, sslrootcert, sslcert and sslkey in the URL'
}

/** Errors of Node's sockets, and of `pg` when a connection ends. */
const NETWORK = /^(E[A-Z]+|UND_ERR.*)$/
const CUT =
  /connection terminated|connection ended|timeout expired|read timeout|not queryable|client was closed|after calling end/i
const NO_FREE_CONNECTION = /timeout exceeded when trying to connect/
const NO_TLS = /does not support SSL/
const TLS = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH)/

/** The library's error as ours, naming the server. Errors that are ours already pass. */
export function translate(thrown: unknown, location: string): Error {
  const cause = toError(thrown)
  if (cause instanceof DatabaseError) return cause
  const { type, recoverable, hint } = meaningOf(cause)
  const text = `${location}: ${describe(cause)}${hint === undefined ? '' : `; ${hint}`}`
  return new type(text, { cause, recoverable })
}

/** The connection, and all that hangs on it, is lost. */
export function isLoss(error: unknown): error is DatabaseGoneError {
  return error instanceof DatabaseGoneError
}

/** Two transactions waited for each other and this one gave way: the same again will do. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error instanceof DatabaseBusyError ? error.cause : undefined)
  return code === '40P01' || code === '40001'
}

function meaningOf(cause: Error): Meaning {
  const code = codeOf(cause) ?? ''
  if (TLS.test(code) || NO_TLS.test(cause.message)) return REFUSED_TLS
  if (NO_FREE_CONNECTION.test(cause.message)) return { type: DatabaseBusyError, recoverable: true }
  if (NETWORK.test(code) || CUT.test(cause.message)) return { type: DatabaseGoneError, recoverable: true }
  const known = MEANINGS[code] ?? MEANINGS[code.slice(0, 3)] ?? MEANINGS[code.slice(0, 2)]
  return known ?? { type: DatabaseError, recoverable: false }
}

function codeOf(thrown: unknown): string | undefined {
  const { code } = (thrown ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** Node gathers the refusals of a name's many addresses in an error without a message. */
function describe(cause: Error): string {
  const { errors } = cause as { readonly errors?: unknown }
  if (cause.message !== '' || !Array.isArray(errors)) return cause.message
  return errors.map(error => toError(error).message).join(', ')
}
