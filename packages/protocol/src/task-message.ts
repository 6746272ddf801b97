import type { Args, Kwargs, SignatureData } from './signature-data.js'

/** Standard headers of protocol 2, read or to be written. (wire-protocol 1.2) */
export interface TaskHeaders {
  readonly lang: string
  readonly task: string
  readonly id: string
  readonly shadow: string | null
  /** ISO 8601 text as sent. */
  readonly eta: string | null
  readonly expires: string | null
  readonly group: string | null
  readonly groupIndex: number | null
  readonly retries: number
  /** Seconds; hard first (trap 12). */
  readonly timelimit: readonly [hard: number | null, soft: number | null]
  readonly rootId: string
  readonly parentId: string | null
  readonly argsrepr: string
  readonly kwargsrepr: string
  readonly origin: string
  /** true: do not store; false: store even if the task says ignore; null: the worker's task decides (trap 13). */
  readonly ignoreResult: boolean | null
  readonly replacedTaskNesting: number
  readonly stampedHeaders: readonly string[] | null
  readonly stamps: Kwargs
  /** Everything else: the user's own headers. */
  readonly custom: Kwargs
}

/** The third element of a protocol 2 body. */
export interface Embed {
  readonly callbacks: readonly SignatureData[] | null
  readonly errbacks: readonly SignatureData[] | null
  /** Reversed: the next step is the last element. */
  readonly chain: readonly SignatureData[] | null
  /** The body of the chord whose header member this task is. */
  readonly chord: SignatureData | null
}

export interface TaskBody {
  readonly args: Args
  readonly kwargs: Kwargs
  readonly embed: Embed
}

/** One call of a task, everything that a message of it will say. */
export interface TaskCall extends TaskBody {
  readonly headers: TaskHeaders
  readonly correlationId: string
  readonly replyTo: string
  readonly priority?: number
  readonly deliveryMode?: 1 | 2
  /** Milliseconds as a decimal string. */
  readonly expiration?: string
  /** More properties of the message, for brokers that know them. */
  readonly extra?: Kwargs
  /** Serializer name. Default json. */
  readonly serializer?: string
  readonly compression?: string
}
