import { ReprWriter } from './writer.js'

export interface ReprOptions {
  /** Characters after which the text is cut; closing brackets may follow. Infinity: no limit. Default 1024. */
  readonly maxLength?: number
  /** Containers nested deeper print as `[...]`. 0: no limit. Default 3. */
  readonly maxLevels?: number
}

/** A value as a Python monitor shows it, cut to a length. Never throws. (celery.utils.saferepr) */
export function saferepr(value: unknown, options: ReprOptions = {}): string {
  return new ReprWriter({ ...limits(options), exact: false }).text(value)
}

/** The header `argsrepr`: positional arguments as a Python tuple. (wire-protocol 1.7) */
export function argsrepr(args: readonly unknown[], options: ReprOptions = {}): string {
  return new ReprWriter({ ...limits(options), exact: false }).tupleText(args)
}

/** The header `kwargsrepr`. (wire-protocol 1.7) */
export function kwargsrepr(kwargs: Readonly<Record<string, unknown>>, options: ReprOptions = {}): string {
  return saferepr(kwargs, options)
}

/** A value as Python's own repr() shows it: strings are escaped. Cut like saferepr. */
export function pythonRepr(value: unknown, options: ReprOptions = {}): string {
  return new ReprWriter({ ...limits(options), exact: true }).text(value)
}

function limits({ maxLength = 1024, maxLevels = 3 }: ReprOptions): { maxLength: number; maxLevels: number } {
  return { maxLength, maxLevels }
}
