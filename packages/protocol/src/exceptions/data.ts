import { types as kinds } from 'node:util'
import { describe, UmbelError } from '@umbel/runtime'
import { encodeJson } from '../json/encode.js'
import { pythonRepr } from '../repr/saferepr.js'
import type { ErrorData } from '../result-meta.js'
import { isMapping, shown } from '../shown.js'
import { JAVASCRIPT_MODULE, nativeClasses, pythonClasses } from './python.js'
import { RemoteError } from './remote.js'

/**
 * Anything thrown, as Celery stores it. Errors that Python knows keep its class; others get a module that Python has
 * not imported. Never throws: arguments that cannot be serialized become their repr. (wire-protocol 6.2)
 */
export function errorToData(thrown: unknown): ErrorData {
  const { type, module, args } = identify(thrown)
  return { exc_type: type, exc_message: args.map(serializable), exc_module: module }
}

interface Identity {
  readonly type: string
  readonly module: string | null
  readonly args: readonly unknown[]
}

function identify(thrown: unknown): Identity {
  if (!isErrorLike(thrown)) return { type: 'NonErrorThrown', module: JAVASCRIPT_MODULE, args: [describe(thrown)] }
  const message = read(thrown, 'message')
  const args =
    message === undefined || message === '' ? [] : [typeof message === 'string' ? message : describe(message)]
  if (thrown instanceof RemoteError) return { type: thrown.excType, module: thrown.excModule, args: thrown.excMessage }
  const own = pythonClasses.get(codeOf(thrown))
  if (own !== undefined) return { type: own.type, module: own.module, args: argsOf(thrown) ?? args }
  const name = nameOf(thrown)
  const native = nativeClasses.find(([candidate]) => candidate === name)
  if (native === undefined || thrown instanceof UmbelError) return { type: name, module: JAVASCRIPT_MODULE, args }
  return { type: native[1], module: 'builtins', args: argsOf(thrown) ?? args }
}

/** Errors of other realms and DOMExceptions are told by their shape. */
function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return (
    kinds.isNativeError(value) ||
    (typeof read(value, 'message') === 'string' && typeof read(value, 'stack') === 'string')
  )
}

function codeOf(error: object): string {
  return error instanceof UmbelError ? String(read(error, 'code')) : ''
}

/** Arguments of a Celery error, or those that came with a mapped built-in. */
function argsOf(error: object): readonly unknown[] | undefined {
  const args = read(error, error instanceof UmbelError ? 'args' : 'excMessage')
  return Array.isArray(args) ? (args as readonly unknown[]) : undefined
}

/** The name that the class says, unless the error names itself. */
function nameOf(error: object): string {
  const name = read(error, 'name')
  const constructor = read(error, 'constructor')
  const className = typeof constructor === 'function' ? read(constructor, 'name') : undefined
  const native = nativeClasses.some(([candidate]) => candidate === name)
  const chosen = native && isName(className) ? className : name
  return isName(chosen) ? chosen : 'Error'
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function serializable(argument: unknown): unknown {
  try {
    encodeJson(argument)
    return argument === undefined ? null : argument
  } catch {
    return pythonRepr(argument)
  }
}

/**
 * The error that a stored exception says; never throws. Unknown classes become RemoteError. `traceback` is kept
 * verbatim as the error's `remoteTraceback`. (wire-protocol 6.2)
 */
export function dataToError(data: unknown, traceback?: string | null): Error {
  const error = rebuild(readData(data))
  if (typeof traceback === 'string') Object.defineProperty(error, 'remoteTraceback', { value: traceback })
  return error
}

function rebuild({ type, module, args }: Identity): Error {
  const known = [...pythonClasses.values()].find(entry => entry.type === type && entry.module === module)
  if (known?.build !== undefined) return known.build(args)
  const native = module === 'builtins' ? nativeClasses.find(entry => entry[1] === type) : undefined
  if (native !== undefined) return fromNative(native[2], { type, module, args })
  return new RemoteError(messageOf(type, args), { excType: type, excModule: module, excMessage: args })
}

function readData(data: unknown): Identity {
  if (!isMapping(data) || !isName(data['exc_type']))
    return { type: 'Exception', module: null, args: [`a failure without exception data: ${shown(data)}`] }
  const { exc_type: type, exc_message: message, exc_module: module } = data
  const args = Array.isArray(message) ? (message as readonly unknown[]) : message === undefined ? [] : [message]
  return { type, module: typeof module === 'string' ? module : null, args }
}

function fromNative(build: (message: string) => Error, { type, module, args }: Identity): Error {
  const error = build(messageOf(type, args))
  const properties = { excType: type, excModule: module, excMessage: args }
  for (const [key, value] of Object.entries(properties)) Object.defineProperty(error, key, { value })
  return error
}

/** Python's str() of an exception: one argument as it is (a KeyError's as repr), several as a tuple. */
function messageOf(type: string, args: readonly unknown[]): string {
  const [first] = args
  if (args.length === 0) return ''
  if (args.length > 1) return `(${args.map(argument => pythonRepr(argument)).join(', ')})`
  return typeof first === 'string' && type !== 'KeyError' ? first : pythonRepr(first)
}
