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

/** A verb was called on a result store or a watch that is closed. */
export class BackendClosedError extends BackendError {
  static override readonly code = 'BACKEND_CLOSED'

  constructor(what: string) {
    super(`${what} is closed`)
  }
}

/** No result store is configured, so there is nothing to read from. */
export class ResultsDisabledError extends BackendError {
  static override readonly code = 'RESULTS_DISABLED'

  constructor(wanted: string) {
    super(
      `no result backend is configured, so ${wanted}. ` +
        "Set `resultBackend` (result_backend), for example 'redis://localhost/1' or 'sqlite:///results.db', " +
        'on the client and on the workers.'
    )
  }
}

/** The store cannot join the parts of a chord. */
export class JoinsUnsupportedError extends BackendError {
  static override readonly code = 'JOINS_UNSUPPORTED'
}

/** What is asked for takes a store that other processes can read; results are replies to one client. (rpc) */
export class SharedStoreRequiredError extends BackendError {
  static override readonly code = 'SHARED_STORE_REQUIRED'
}

/** More replies came than are kept for those that nobody has read. (celery.backends.rpc.BacklogLimitExceeded) */
export class BacklogLimitError extends BackendError {
  static override readonly code = 'BACKLOG_LIMIT'
}

/** No driver answers to the scheme of a result store's URL; the message lists the known ones. */
export class UnknownBackendError extends BackendError {
  static override readonly code: string = 'UNKNOWN_BACKEND'
}

/** The scheme is known, its driver is not among those given to the application. */
export class BackendNotInstalledError extends UnknownBackendError {
  static override readonly code = 'BACKEND_NOT_INSTALLED'
  /** The npm package to install. */
  readonly package: string

  constructor(message: string, packageName: string) {
    super(message)
    this.package = packageName
  }
}
