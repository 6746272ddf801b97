import { toError } from '@umbel/runtime'

/** An error as plain data: what a structured clone would drop (name, code, chain of causes) is kept. */
export interface PlainError {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly code?: string
  readonly recoverable?: boolean
  readonly cause?: PlainError
}

const LONGEST_CHAIN = 8

/** Never throws, whatever was thrown. */
export function toPlainError(thrown: unknown): PlainError {
  return flatten(toError(thrown), LONGEST_CHAIN)
}

/** An Error that looks like the one over there. */
export function restoreError(plain: PlainError): Error {
  const cause = plain.cause === undefined ? undefined : { cause: restoreError(plain.cause) }
  const error = new Error(plain.message, cause)
  error.name = plain.name
  error.stack = plain.stack
  return Object.assign(error, pick(plain))
}

function flatten(error: Error, depth: number): PlainError {
  const { cause } = error
  return {
    name: read(() => error.name, 'Error'),
    message: read(() => error.message, 'message that cannot be shown'),
    stack: read(() => error.stack, ''),
    ...pick(error),
    ...(cause === undefined || depth === 0 ? {} : { cause: flatten(toError(cause), depth - 1) })
  }
}

function read(get: () => unknown, otherwise: string): string {
  try {
    const value = get()
    return typeof value === 'string' ? value : otherwise
  } catch {
    return otherwise
  }
}

function pick(error: object): { readonly code?: string; readonly recoverable?: boolean } {
  const { code, recoverable } = error as { readonly code?: unknown; readonly recoverable?: unknown }
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof recoverable === 'boolean' ? { recoverable } : {})
  }
}
