import { types } from 'node:util'

const BRAND = Symbol.for('umbel.error')

export interface UmbelErrorOptions extends ErrorOptions {
  /** May the same call succeed when it is made again? Default false. */
  readonly recoverable?: boolean
}

/**
 * Base of every error that Umbel throws. `code` is stable and machine-readable; `recoverable` says whether
 * trying again makes sense. `instanceof` works across duplicate installs and module systems: classes are
 * told apart by a brand, not by identity.
 */
export class UmbelError extends Error {
  /** Subclasses override both; `UMBEL` on its own is never thrown. */
  static readonly code: string = 'UMBEL'
  readonly code: string
  readonly recoverable: boolean

  constructor(message: string, options: UmbelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const constructor = new.target
    this.name = constructor.name
    this.code = constructor.code
    this.recoverable = options.recoverable ?? false
    Object.defineProperty(this, BRAND, { value: codesOf(constructor) })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false
    const codes: unknown = (value as Record<symbol, unknown>)[BRAND]
    return Array.isArray(codes) && codes.includes(this.code)
  }
}

function codesOf(constructor: { readonly code: string }): readonly string[] {
  const codes: string[] = []
  for (let current: unknown = constructor; isCoded(current); current = Object.getPrototypeOf(current))
    codes.push(current.code)
  return codes
}

function isCoded(value: unknown): value is { readonly code: string } {
  return typeof value === 'function' && 'code' in value && typeof value.code === 'string'
}

export interface CommandErrorOptions extends UmbelErrorOptions {
  /** @default 1 */
  readonly exitCode?: number
}

/**
 * Ends a command of the command line with a message and an exit code; applications may throw it too.
 * (celery.exceptions.CeleryCommandException)
 */
export class CommandError extends UmbelError {
  static override readonly code: string = 'COMMAND'
  readonly exitCode: number

  constructor(message: string, { exitCode = 1, ...options }: CommandErrorOptions = {}) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** Anything thrown, as an Error: non-errors are wrapped, and a value whose `toString` throws is survived. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new NonErrorThrown(describe(thrown), { cause: thrown })
}

function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error || isForeignError(value)
  } catch {
    return false
  }
}

/** An error of another realm that is not native either: an abort's DOMException, what a dying worker thread leaves. */
function isForeignError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  for (let link: unknown = Object.getPrototypeOf(value); link !== null; link = Object.getPrototypeOf(link))
    if (Object.getOwnPropertyDescriptor(link, 'name')?.value === 'Error' && Object.hasOwn(link as object, 'message'))
      return true
  return false
}

/** Somebody threw a value that is not an Error; `cause` is that value. */
export class NonErrorThrown extends UmbelError {
  static override readonly code = 'NON_ERROR_THROWN'
}

/** A short text for any value; never throws. */
export function describe(value: unknown): string {
  try {
    return typeof value === 'string' ? value : `${typeof value}: ${String(value)}`
  } catch {
    return `${typeof value} that cannot be shown`
  }
}
