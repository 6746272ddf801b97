import { type Message, REPLY_TO, type ResultCodec, type ResultMeta } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import { type Channel, type Outgoing, UnroutableError } from '@umbel/transport'

export interface ReplyForm {
  readonly codec: ResultCodec
  /** Replies outlive a restart of the broker. */
  readonly persistent: boolean
}

/**
 * One message for each result, to the queue that its task named. Where none is named nobody waits for it, and a queue
 * that is not there was that of a client that is gone.
 */
export async function sendReplies(
  channel: Channel,
  batch: readonly ResultMeta[],
  form: ReplyForm
): Promise<readonly (Error | undefined)[]> {
  const outcomes: (Error | undefined)[] = batch.map(() => undefined)
  const sent: number[] = []
  const outgoing: Outgoing[] = []
  batch.forEach((meta, index) => {
    const routingKey = meta[REPLY_TO] ?? ''
    if (routingKey === '') return
    try {
      outgoing.push({ exchange: '', routingKey, message: messageOf(meta, form) })
      sent.push(index)
    } catch (thrown) {
      outcomes[index] = toError(thrown)
    }
  })
  if (outgoing.length === 0) return outcomes
  const errors = await channel.publish(outgoing)
  sent.forEach((index, position) => {
    const error = errors[position]
    outcomes[index] = error instanceof UnroutableError ? undefined : error
  })
  return outcomes
}

/** (wire-protocol 6.7) */
function messageOf(meta: ResultMeta, { codec, persistent }: ReplyForm): Message {
  const properties = {
    contentType: codec.serializer.contentType,
    contentEncoding: codec.serializer.contentEncoding,
    correlationId: meta.task_id,
    deliveryMode: persistent ? 2 : 1
  } as const
  const headers = codec.compression === undefined ? {} : { compression: codec.compression.contentType }
  return { headers, properties, body: codec.write(meta) }
}
