import { UmbelError } from '@umbel/runtime'

/** The application that `-A` names cannot be had. */
export class AppLoadError extends UmbelError {
  static override readonly code = 'APP_LOAD'
}
