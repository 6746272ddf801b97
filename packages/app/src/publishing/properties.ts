import { OPTION_NAMES } from '@umbel/canvas'
import type { Kwargs, SignatureOptions } from '@umbel/protocol'

/** What Celery's `apply_async` keeps for itself. */
const KEPT: ReadonlySet<string> = new Set([
  ...Object.values(OPTION_NAMES),
  ...['exchange_type', 'argsrepr', 'kwargsrepr', 'retry', 'retry_policy', 'connection', 'producer', 'publisher'],
  ...['router', 'route_name', 'declare', 'mandatory', 'immediate', 'confirm_timeout', 'timeout', 'stamps'],
  ...['args', 'kwargs', 'origin', 'redelivered', 'result_cls', 'app', 'task_type']
])

/** Options that are nobody's are properties of the message: SQS's MessageGroupId. undefined: there are none. (kombu's Producer.publish) */
export function propertiesIn(options: SignatureOptions): Kwargs | undefined {
  let properties: Record<string, unknown> | undefined
  for (const name in options) {
    if (KEPT.has(name) || options.stamped_headers?.includes(name) === true) continue
    properties ??= {}
    properties[name] = options[name]
  }
  return properties
}
