import type { Kind } from './kinds.js'

/** One row of the table of settings. */
export interface Setting<Out = unknown, In = unknown> {
  readonly kind: Kind<Out, In>
  readonly default: Out
  readonly status: 'built' | 'later'
  /** The part of the work that brings it; undefined where none is planned yet. */
  readonly part: number | undefined
  /** Upper-case names of Celery 3, where the rule of the group does not give them. */
  readonly old: readonly string[] | undefined
  /** What to use instead. */
  readonly deprecated: string | undefined
}

export interface SettingExtras {
  readonly old?: readonly string[]
  readonly deprecated?: string
}

/** A setting that has its effect. */
export function built<Out, In>(kind: Kind<Out, In>, value: Out, extras: SettingExtras = {}): Setting<Out, In> {
  return { kind, default: value, status: 'built', part: undefined, old: extras.old, deprecated: extras.deprecated }
}

/*
 * Settings that are known but have no effect yet: any value but the default is refused, never ignored.
 * A row becomes real by changing this one word to `built`.
 */
export const part2: typeof built = (kind, value, extras) => later(2, built(kind, value, extras))
export const part3: typeof built = (kind, value, extras) => later(3, built(kind, value, extras))
export const part5: typeof built = (kind, value, extras) => later(5, built(kind, value, extras))
export const part6: typeof built = (kind, value, extras) => later(6, built(kind, value, extras))
export const unplanned: typeof built = (kind, value, extras) => later(undefined, built(kind, value, extras))

function later<Out, In>(part: number | undefined, setting: Setting<Out, In>): Setting<Out, In> {
  return { ...setting, status: 'later', part }
}
