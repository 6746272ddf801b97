import type { Kwargs, SignatureData, SignatureOptions } from '@umbel/protocol'
import { dataOf, type SignatureLike } from './data.js'

/** luxon's DateTime, by its shape. */
export interface DateTimeLike {
  toISO(): string | null
  toJSDate(): Date
}

/** luxon's Duration, by its shape. */
export interface DurationLike {
  toMillis(): number
}

/** A signature or several, as a link. */
export type Links = SignatureLike | readonly SignatureLike[]

/** Options of a call: Celery's `apply_async` keywords in camelCase. undefined and null count as not given. */
export interface SignatureOptionsInput {
  /** Seconds to wait before the task may start. */
  readonly countdown?: number | DurationLike | undefined
  /** When the task may start. */
  readonly eta?: Date | DateTimeLike | string | undefined
  /** Seconds, or when: a task that starts later is revoked. */
  readonly expires?: number | DurationLike | Date | DateTimeLike | string | undefined
  readonly queue?: string | undefined
  readonly exchange?: string | undefined
  readonly routingKey?: string | undefined
  readonly priority?: number | undefined
  readonly serializer?: string | undefined
  readonly compression?: string | undefined
  /** 1 transient, 2 persistent. */
  readonly deliveryMode?: 1 | 2 | undefined
  readonly retries?: number | undefined
  readonly headers?: Kwargs | undefined
  /** Another name for logs and monitors. */
  readonly shadow?: string | undefined
  /** Seconds, hard. */
  readonly timeLimit?: number | DurationLike | undefined
  /** Seconds. */
  readonly softTimeLimit?: number | DurationLike | undefined
  readonly ignoreResult?: boolean | undefined
  readonly taskId?: string | undefined
  readonly rootId?: string | undefined
  readonly parentId?: string | undefined
  readonly groupId?: string | undefined
  readonly groupIndex?: number | undefined
  readonly replyTo?: string | undefined
  readonly link?: Links | undefined
  readonly linkError?: Links | undefined
  readonly chord?: SignatureLike | undefined
  /** Reversed: the next step is the last element. */
  readonly chain?: readonly SignatureLike[] | undefined
  readonly replacedTaskNesting?: number | undefined
  readonly stampedHeaders?: readonly string[] | undefined
  readonly addToParent?: boolean | undefined
  /** Properties of the message that the broker knows: `{ MessageGroupId: 'orders' }` of SQS. */
  readonly properties?: Kwargs | undefined
}

/** camelCase → wire spelling, for every option but `properties`, which stand among them on the wire. */
export const OPTION_NAMES = {
  countdown: 'countdown',
  eta: 'eta',
  expires: 'expires',
  queue: 'queue',
  exchange: 'exchange',
  routingKey: 'routing_key',
  priority: 'priority',
  serializer: 'serializer',
  compression: 'compression',
  deliveryMode: 'delivery_mode',
  retries: 'retries',
  headers: 'headers',
  shadow: 'shadow',
  timeLimit: 'time_limit',
  softTimeLimit: 'soft_time_limit',
  ignoreResult: 'ignore_result',
  taskId: 'task_id',
  rootId: 'root_id',
  parentId: 'parent_id',
  groupId: 'group_id',
  groupIndex: 'group_index',
  replyTo: 'reply_to',
  link: 'link',
  linkError: 'link_error',
  chord: 'chord',
  chain: 'chain',
  replacedTaskNesting: 'replaced_task_nesting',
  stampedHeaders: 'stamped_headers',
  addToParent: 'add_to_parent'
} as const satisfies Readonly<Record<Exclude<keyof SignatureOptionsInput, 'properties'>, string>>

/** Options in wire spelling. Keys that are none of ours (stamps, extensions) stay as they are. */
export function toWireOptions(input: SignatureOptionsInput | Kwargs): SignatureOptions {
  const names: Readonly<Record<string, string>> = OPTION_NAMES
  const options: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue
    if (key === 'properties') {
      Object.assign(options, value)
      continue
    }
    const name = Object.hasOwn(names, key) ? names[key] : undefined
    options[name ?? key] = wireValue(name ?? key, value)
  }
  return options
}

const SIGNATURES: ReadonlySet<string> = new Set(['link', 'link_error', 'chord', 'chain'])
const TIMES: ReadonlySet<string> = new Set(['countdown', 'eta', 'expires', 'time_limit', 'soft_time_limit'])

function wireValue(name: string, value: unknown): unknown {
  if (SIGNATURES.has(name)) return signatureOption(name, value as Links)
  return TIMES.has(name) ? timeOption(value) : value
}

function signatureOption(name: string, value: Links): SignatureData | readonly SignatureData[] {
  if (Array.isArray(value)) {
    const links: readonly SignatureLike[] = value
    return links.map((linked, index) => dataOf(linked, `${name}[${index}]`))
  }
  const data = dataOf(value as SignatureLike, name)
  return name === 'chord' ? data : [data]
}

/** A DateTime keeps its offset; a Duration becomes seconds. */
function timeOption(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('toJSDate' in value) return (value as DateTimeLike).toISO() ?? (value as DateTimeLike).toJSDate()
  return 'toMillis' in value ? (value as DurationLike).toMillis() / 1000 : value
}
