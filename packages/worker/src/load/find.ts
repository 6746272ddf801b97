import { isUmbel } from '@umbel/app'
import { suggest } from '@umbel/runtime'
import type { AppLoadReason } from './errors.js'

export type Module = Readonly<Record<string, unknown>>

/** Why a module has no application to offer. */
export interface Missing {
  readonly reason: AppLoadReason
  readonly message: string
}

/** Exports that are the application wherever they are one, Celery's own names first. */
const PREFERRED = ['app', 'celery', 'umbel', 'default'] as const

/** The export of one of the usual names. */
export function findPreferred(module: Module): string | undefined {
  return PREFERRED.find(name => isUmbel(module[name]))
}

/** The export of a usual name, else any other that is an application. */
export function findAny(module: Module): string | undefined {
  return findPreferred(module) ?? Object.keys(module).find(name => isUmbel(module[name]))
}

/** The name itself if that export is an application. */
export function findNamed(module: Module, attribute: string): string | Missing {
  if (isUmbel(module[attribute])) return attribute
  if (attribute in module) return wrongType(module, attribute)
  const near = suggest(attribute, Object.keys(module))
  const hint = near === undefined ? `; its exports: ${namesOf(module)}` : `; did you mean '${near}'?`
  return { reason: 'no-attribute', message: `has no export '${attribute}'${hint}` }
}

export function explainMissing(module: Module): Missing {
  const misleading = ['app', 'celery'].find(name => name in module)
  if (misleading !== undefined) return wrongType(module, misleading)
  return {
    reason: 'no-attribute',
    message: `no Umbel application among its exports (${namesOf(module)}): export const app = new Umbel('name')`
  }
}

function wrongType(module: Module, attribute: string): Missing {
  const value = module[attribute]
  const kind = typeof value === 'object' ? className(value) : typeof value
  return {
    reason: 'wrong-type',
    message: `its export '${attribute}' is no Umbel application but ${kind}: expected new Umbel('name')`
  }
}

function className(value: object | null): string {
  const name = value === null ? 'null' : (Object.getPrototypeOf(value) as object | null)?.constructor.name
  return name === undefined || name === 'Object' ? 'an object' : name
}

function namesOf(module: Module): string {
  return Object.keys(module).join(', ') || 'none'
}
