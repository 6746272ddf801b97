import type { MessageProperties, ParsedTask, ResultTuple, TaskBody } from '@umbel/protocol'
import type { DeliveryInfo, TaskRequest } from '../task/bound.js'

/** What a request knows beside its message. */
export interface RequestOrigin {
  readonly hostname: string
  readonly delivery: DeliveryInfo
  readonly isEager?: boolean
  readonly properties?: Partial<MessageProperties>
  /** Where the tasks that it sends are noted. */
  readonly children?: readonly ResultTuple[]
  readonly loglevel?: string | undefined
  readonly logfile?: string | undefined
}

/** Field by field: made once per task, it must be cheap. */
export function createRequest(
  parsed: Pick<ParsedTask, 'headers' | 'correlationId' | 'replyTo'>,
  body: TaskBody,
  origin: RequestOrigin
): TaskRequest {
  const { headers } = parsed
  return {
    lang: headers.lang,
    task: headers.task,
    id: headers.id,
    shadow: headers.shadow,
    eta: headers.eta,
    expires: headers.expires,
    group: headers.group,
    groupIndex: headers.groupIndex,
    retries: headers.retries,
    timelimit: headers.timelimit,
    rootId: headers.rootId,
    parentId: headers.parentId,
    argsrepr: headers.argsrepr,
    kwargsrepr: headers.kwargsrepr,
    origin: headers.origin,
    ignoreResult: headers.ignoreResult,
    replacedTaskNesting: headers.replacedTaskNesting,
    stampedHeaders: headers.stampedHeaders,
    stamps: headers.stamps,
    callbacks: body.embed.callbacks,
    errbacks: body.embed.errbacks,
    chain: body.embed.chain,
    chord: body.embed.chord,
    args: body.args,
    kwargs: body.kwargs,
    headers: headers.custom,
    correlationId: parsed.correlationId,
    replyTo: parsed.replyTo,
    hostname: origin.hostname,
    deliveryInfo: origin.delivery,
    properties: origin.properties ?? {},
    children: origin.children ?? [],
    loglevel: origin.loglevel ?? null,
    logfile: origin.logfile ?? null,
    isEager: origin.isEager ?? false,
    calledDirectly: false
  }
}
