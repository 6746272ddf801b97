import type { SpareChannel } from '../spare-channel.js'
import { writeTable } from '../tables/write.js'

export type Argument = string | number | boolean | undefined

/** How a queue was declared. Policies of the server are not told. */
export interface QueueFacts {
  /** 'classic', 'quorum', 'stream' */
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly arguments: Readonly<Record<string, Argument>>
}

/** No queue can have this type, so that a queue deleted in between is not made anew. */
const NO_TYPE = 'umbel-asks'
const TYPE = 'x-queue-type'
const MOST_QUESTIONS = 24

/**
 * AMQP has no question for it, but a declaration that differs is refused with the first difference: each answer is
 * built into the next question, until only the type differs. Undefined where the server does not say.
 */
export async function inspectQueue(spare: SpareChannel, queue: string): Promise<QueueFacts | undefined> {
  const known = { durable: true, autoDelete: false, arguments: {} as Record<string, Argument> }
  for (let question = 0; question < MOST_QUESTIONS; question++) {
    const difference = await ask(spare, queue, { ...known, arguments: { ...known.arguments, [TYPE]: NO_TYPE } })
    if (difference === undefined) return undefined
    const { name, value } = difference
    if (name === TYPE) return { ...known, type: String(value ?? 'classic'), arguments: known.arguments }
    if (name === 'durable') known.durable = value === 'true'
    else if (name === 'auto_delete') known.autoDelete = value === 'true'
    else if (name in known.arguments) return undefined
    else known.arguments[name] = value
  }
  return undefined
}

/** Of a quorum queue, whose arguments are compared behind its type. */
export async function askDeliveryLimit(
  spare: SpareChannel,
  queue: string,
  facts: QueueFacts
): Promise<number | undefined> {
  const asked = { ...facts.arguments, [TYPE]: facts.type, 'x-delivery-limit': -1 }
  const difference = await ask(spare, queue, { ...facts, arguments: asked })
  const limit = difference?.name === 'x-delivery-limit' ? Number(difference.value) : Number.NaN
  return Number.isNaN(limit) ? undefined : limit
}

interface Declaration {
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly arguments: Readonly<Record<string, Argument>>
}

interface Difference {
  readonly name: string
  readonly value: Argument
}

async function ask(
  spare: SpareChannel,
  queue: string,
  { durable, autoDelete, arguments: given }: Declaration
): Promise<Difference | undefined> {
  const options = { durable, autoDelete, arguments: writeTable(given) }
  try {
    await spare.run(channel => channel.assertQueue(queue, options))
    return undefined
  } catch (thrown) {
    return readDifference(String(thrown))
  }
}

/** `inequivalent arg 'x-expires' for queue 'q' in vhost '/': received none but current is the value '100' of type 'long'` */
export function readDifference(text: string): Difference | undefined {
  const match =
    /inequivalent arg '([^']+)' for queue '.*but current is (?:none|(?:the value )?'(.*?)'(?: of type '(\w+)')?)"?$/s.exec(
      text
    )
  if (match === null) return undefined
  const [, name = '', value, type = ''] = match
  return { name, value: value === undefined ? undefined : typed(value, type) }
}

function typed(value: string, type: string): Argument {
  if (type === 'bool') return value === 'true'
  return /^(longstr|binary|)$/.test(type) || Number.isNaN(Number(value)) ? value : Number(value)
}
