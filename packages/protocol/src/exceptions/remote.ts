import { UmbelError } from '@umbel/runtime'

/** An exception of another process that has no class here; `name` is its type. */
export class RemoteError extends UmbelError {
  static override readonly code = 'REMOTE'
  readonly excType: string
  readonly excModule: string | null
  /** The exception's arguments. */
  readonly excMessage: readonly unknown[]

  constructor(message: string, origin: { excType: string; excModule: string | null; excMessage: readonly unknown[] }) {
    super(message)
    this.name = origin.excType
    this.excType = origin.excType
    this.excModule = origin.excModule
    this.excMessage = origin.excMessage
  }
}
