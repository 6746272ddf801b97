import type * as z from 'zod'
import type { ControlState } from './state.js'

/** A command of remote control: what it is called, what it takes, and what it does. (celery.worker.control.Panel) */
export interface ControlCommand {
  readonly name: string
  /** Celery's older name of it. */
  readonly alias?: string
  /** `inspect` looks, `control` changes. */
  readonly kind: 'inspect' | 'control'
  /** One line for the command line. */
  readonly help: string
  /** Its arguments as the command line shows them: `[id1 [id2 …]]`. */
  readonly signature?: string
  /** The argument that takes all words of a command line. */
  readonly variadic?: string
  /** Not listed. Default true. */
  readonly visible?: boolean
  /** Seconds that who asks waits. Default 1. */
  readonly defaultTimeout?: number
  /** Refuses arguments that do not fit, and gives what it answers. @throws TypeError */
  handle(state: ControlState, args: Readonly<Record<string, unknown>>): unknown
}

export interface CommandDefinition<Args> extends Omit<ControlCommand, 'handle'> {
  readonly args: z.ZodType<Args>
  readonly run: (state: ControlState, args: Args) => unknown
}

/** A command whose arguments are checked before it runs. */
export function defineCommand<Args>({ args, run, ...rest }: CommandDefinition<Args>): ControlCommand {
  return {
    ...rest,
    handle: (state, given) => {
      const result = args.safeParse(given)
      if (result.success) return run(state, result.data)
      const [issue] = result.error.issues
      throw new TypeError(`${rest.name}: ${issue?.path.map(String).join('.') || 'arguments'}: ${issue?.message}`)
    }
  }
}
