import type { Option, LaterOption } from './options/option.js'
import type { Values } from './options/values.js'
import type { Session } from './session.js'

/** What a command is called with. */
export interface Invocation {
  readonly values: Values
  /** The operand, where the command has one. */
  readonly operand: string
  readonly session: Session
}

/** A command, as data. */
export interface Command {
  readonly name: string
  readonly describe: string
  /** The one word it needs beside options. */
  readonly operand?: { readonly name: string; readonly describe: string }
  readonly options: readonly Option[]
  /** Celery's options that it does not have yet. */
  readonly later?: readonly LaterOption[]
  /** Behind `umbel`. */
  readonly examples?: readonly string[]
  /** Answers the exit code. */
  run(invocation: Invocation): Promise<number>
}
