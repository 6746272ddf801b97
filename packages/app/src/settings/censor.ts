import { types } from 'node:util'
import { toSnake } from './names.js'

const SECRET_NAME = /API|TOKEN|KEY|SECRET|PASS|PROFANITIES_LIST|SIGNATURE|DATABASE|BEAT_DBURI/i
const MASK = '********'

/** Values fit to be shown: secrets by name, and passwords inside URLs, are replaced. (filter_hidden_settings) */
export function censorMapping(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, censor(name, value)]))
}

export function censor(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name) || SECRET_NAME.test(toSnake(name))) return value === undefined ? undefined : MASK
  if (isPlainObject(value)) return censorMapping(value)
  if (Array.isArray(value)) return value.map(item => censor('', item))
  return typeof value === 'string' ? maskPasswords(value) : value
}

/** `amqp://user:secret@host//` → `amqp://user:********@host//`, in each URL of a `;` list. */
export function maskPasswords(text: string): string {
  return text.replace(/(:\/\/[^:@/;\s]*:)[^;\s]*(@)/g, `$1${MASK}$2`).replace(/([?&]password=)[^&;\s]*/gi, `$1${MASK}`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
