import { UmbelError } from '@umbel/runtime'

/** The command line cannot be understood; exit code 2. */
export class UsageError extends UmbelError {
  static override readonly code = 'USAGE'
}
