import { UmbelError } from '@umbel/runtime'

/** The command line cannot be understood; exit code 2. */
export class UsageError extends UmbelError {
  static override readonly code = 'USAGE'
}

/** Another process holds the PID file; exit code 73. */
export class PidFileTaken extends UmbelError {
  static override readonly code = 'PID_FILE_TAKEN'
}
