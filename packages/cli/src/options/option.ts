/** An option of a command, as data. */
export interface Option<T = unknown> {
  /** The long name, without dashes. */
  readonly name: string
  /** One letter. */
  readonly short?: string
  /** Further long names. */
  readonly aliases?: readonly string[]
  readonly describe: string
  /** Shown in help. */
  readonly fallback?: string
  /** Turns the text into a value. @throws UsageError saying what was expected and what came */
  readonly read: (text: string) => T
  /** Takes no value. */
  readonly flag?: boolean
  /** May it also come from the environment, as CELERY_<NAME>? @default true */
  readonly fromEnvironment?: boolean
}

/** An option of Celery's that this version does not have: refused by name. */
export interface LaterOption {
  readonly name: string
  readonly short?: string
  readonly aliases?: readonly string[]
  /** What to do instead, if anything. */
  readonly instead?: string
}

type Named = Pick<Option, 'name' | 'short' | 'aliases'>

/** `-c/--concurrency` */
export function spell({ name, short }: Named): string {
  return short === undefined ? `--${name}` : `-${short}/--${name}`
}

/** Every name by which an option is known, without dashes. */
export function namesOf({ name, short, aliases = [] }: Named): readonly string[] {
  return [name, ...aliases, ...(short === undefined ? [] : [short])]
}
