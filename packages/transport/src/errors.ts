import { UmbelError, type UmbelErrorOptions } from '@umbel/runtime'

export interface ConnectionErrorOptions extends UmbelErrorOptions {
  /** What was tried: the URL as the driver resolved it, without its password. */
  readonly url?: string | undefined
}

/** The broker cannot be reached, refused us, or went away. */
export class ConnectionError extends UmbelError {
  static override readonly code: string = 'CONNECTION'
  /** What was tried, where the driver knows more than the URL it was given: an SQLite file's path. */
  readonly url: string | undefined

  constructor(message: string, { url, ...options }: ConnectionErrorOptions = {}) {
    super(message, options)
    this.url = url
  }
}

/** A URL whose scheme no installed transport knows; the message lists the known ones. */
export class UnknownSchemeError extends UmbelError {
  static override readonly code = 'UNKNOWN_SCHEME'
}

/** A URL that cannot be read. */
export class InvalidUrlError extends UmbelError {
  static override readonly code = 'INVALID_URL'
}

/** The verb was called on a channel, subscription or connection that is closed. */
export class ClosedError extends UmbelError {
  static override readonly code = 'CLOSED'
}

/** One message of a batch was not taken by the broker. */
export class PublishError extends UmbelError {
  static override readonly code: string = 'PUBLISH'
}

/** The broker did not confirm within the deadline. */
export class PublishTimeoutError extends PublishError {
  static override readonly code = 'PUBLISH_TIMEOUT'
}

/** No queue is bound where the message was sent. */
export class UnroutableError extends PublishError {
  static override readonly code = 'UNROUTABLE'
}

/** A declaration differs from what exists under that name. */
export class TopologyError extends UmbelError {
  static override readonly code = 'TOPOLOGY'
}
