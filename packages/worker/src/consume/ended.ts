import { ClosedError, ConnectionError } from '@umbel/transport'

/** The connection is gone, and the broker gives its messages out again; after any other error it still holds them for us. */
export function connectionEnded(error: Error): boolean {
  return error instanceof ClosedError || error instanceof ConnectionError
}
