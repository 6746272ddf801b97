import { CommandError, type UmbelErrorOptions } from '@umbel/runtime'
import { EXIT } from './exit-codes.js'

/** The command line cannot be understood; exit code 2. */
export class UsageError extends CommandError {
  static override readonly code = 'USAGE'

  constructor(message: string, options: UmbelErrorOptions = {}) {
    super(message, { ...options, exitCode: EXIT.usage })
  }
}

/** Another process holds the PID file; exit code 73. */
export class PidFileTaken extends CommandError {
  static override readonly code = 'PID_FILE_TAKEN'

  constructor(message: string, options: UmbelErrorOptions = {}) {
    super(message, { ...options, exitCode: EXIT.pidFileTaken })
  }
}
