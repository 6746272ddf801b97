import { UnknownCommandError } from '@umbel/control'
import type { ControlCommand } from './command.js'
import type { ControlState } from './state.js'

/** The commands that a worker knows. */
export class Panel {
  readonly #commands: readonly ControlCommand[]
  readonly #byName: ReadonlyMap<string, ControlCommand>

  /** Of two of one name the last counts. */
  constructor(commands: readonly ControlCommand[]) {
    this.#commands = commands
    const named = commands.map(command => [command.name, command] as const)
    const aliases = commands.flatMap(command =>
      command.alias === undefined ? [] : [[command.alias, command] as const]
    )
    this.#byName = new Map([...aliases, ...named])
  }

  get commands(): readonly ControlCommand[] {
    return this.#commands
  }

  /** @throws UnknownCommandError; what the command throws */
  handle(state: ControlState, method: string, args: Readonly<Record<string, unknown>>): unknown {
    const command = this.#byName.get(method)
    if (command === undefined) throw new UnknownCommandError(method)
    return command.handle(state, args)
  }
}
