import { pythonRepr } from '@umbel/protocol'
import { UmbelError } from '@umbel/runtime'

/** A command that cannot be sent as it was given, or whose replies cannot be collected. */
export class ControlError extends UmbelError {
  static override readonly code = 'CONTROL'
}

/** A node knows no command of that name. */
export class UnknownCommandError extends UmbelError {
  static override readonly code = 'UNKNOWN_COMMAND'
  /** What the reply says, in Celery's words. */
  readonly text: string

  constructor(method: string) {
    super(`there is no command "${method}"`)
    this.text = `KeyError(${pythonRepr(method)})`
  }
}
