/**
 * AMQP message properties in TypeScript's spelling. Drivers map them to what their store or wire wants.
 * Unknown properties (wire-protocol trap 27) are kept in `extra`.
 */
export interface MessageProperties {
  /** Exact, without parameters: `application/json`. */
  readonly contentType: string
  /** `utf-8` or `binary`. */
  readonly contentEncoding: string
  readonly correlationId?: string
  /** Queue for the reply; the empty string means none. */
  readonly replyTo?: string
  /** 1 transient, 2 persistent. */
  readonly deliveryMode?: 1 | 2
  readonly priority?: number
  /** Milliseconds as a decimal string, as AMQP wants it. */
  readonly expiration?: string
  readonly extra?: Readonly<Record<string, unknown>>
}

export type Headers = Readonly<Record<string, unknown>>

/** What goes over the wire, for any broker. */
export interface Message {
  readonly headers: Headers
  readonly properties: MessageProperties
  readonly body: Uint8Array
}
