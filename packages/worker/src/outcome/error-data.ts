import type { ErrorData } from '@umbel/protocol'

/** An error of Celery's own, as it is stored. */
export function errorData(type: string, args: readonly unknown[], module = 'celery.exceptions'): ErrorData {
  return { exc_type: type, exc_message: args, exc_module: module }
}
