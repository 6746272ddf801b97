import { UmbelError } from '@umbel/runtime'

/** A signature that knows no dispatcher was asked to send itself. */
export class UnboundSignatureError extends UmbelError {
  static override readonly code = 'UNBOUND_SIGNATURE'
}

/** What was given as a signature is none, or a composition makes no sense. */
export class InvalidSignatureError extends UmbelError {
  static override readonly code = 'INVALID_SIGNATURE'
}

/** An option that there is not, or that cannot be what was given. */
export class InvalidOptionError extends UmbelError {
  static override readonly code = 'INVALID_OPTION'
}

/** Some tasks of a batch could not be sent; the others were. */
export class SendError extends UmbelError {
  static override readonly code = 'SEND_FAILED'
  /** Task id → why it was not sent. */
  readonly failures: ReadonlyMap<string, Error>

  constructor(message: string, failures: ReadonlyMap<string, Error>) {
    const [first] = failures.values()
    super(message, { cause: first, recoverable: true })
    this.failures = failures
  }
}
