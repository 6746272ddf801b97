import { UmbelError } from '@umbel/runtime'

/** Why an application cannot be had: no such module, it failed to load, no such export, or the export is something else. */
export type AppLoadReason = 'not-found' | 'import-failed' | 'no-attribute' | 'wrong-type'

/** The application that `-A` names cannot be had. */
export class AppLoadError extends UmbelError {
  static override readonly code = 'APP_LOAD'
  readonly reason: AppLoadReason

  constructor(reason: AppLoadReason, ...args: ConstructorParameters<typeof UmbelError>) {
    super(...args)
    this.reason = reason
  }
}
