import type { ParsedTask, TaskBody } from '@umbel/protocol'
import type { DeliveryInfo, TaskRequest } from '../task/bound.js'

/** What a request knows beside its message. */
export interface RequestOrigin {
  readonly hostname: string
  readonly delivery: DeliveryInfo
  readonly isEager?: boolean
}

export function createRequest(
  parsed: Pick<ParsedTask, 'headers' | 'correlationId' | 'replyTo'>,
  body: TaskBody,
  origin: RequestOrigin
): TaskRequest {
  const { custom, ...headers } = parsed.headers
  return {
    ...headers,
    ...body.embed,
    args: body.args,
    kwargs: body.kwargs,
    headers: custom,
    correlationId: parsed.correlationId,
    replyTo: parsed.replyTo,
    hostname: origin.hostname,
    deliveryInfo: origin.delivery,
    isEager: origin.isEager ?? false,
    calledDirectly: false
  }
}
