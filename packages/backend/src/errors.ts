import { UmbelError } from '@umbel/runtime'

/** The result store cannot be reached or refused. (celery.exceptions.BackendError) */
export class BackendError extends UmbelError {
  static override readonly code: string = 'BACKEND'
}

/** A stored result cannot be read. (celery.exceptions.BackendGetMetaError) */
export class BackendGetMetaError extends BackendError {
  static override readonly code = 'BACKEND_GET_META'
  readonly taskId: string

  constructor(taskId: string, cause: unknown) {
    super(`the stored result of task ${taskId} cannot be read`, { cause })
    this.taskId = taskId
  }
}

/** A result cannot be stored. (celery.exceptions.BackendStoreError) */
export class BackendStoreError extends BackendError {
  static override readonly code = 'BACKEND_STORE'
  readonly taskId: string
  readonly state: string

  constructor(taskId: string, state: string, cause: unknown) {
    super(`the result of task ${taskId} (${state}) cannot be stored`, { cause, recoverable: true })
    this.taskId = taskId
    this.state = state
  }
}
