import type { Headers, Message } from '@umbel/protocol'
import type { Delivery, Outgoing } from '../contract.js'

export interface MessageOptions {
  readonly headers?: Headers
  readonly priority?: number
}

/** A text message as a task message looks to a broker. */
export function textMessage(text: string, { headers = {}, priority }: MessageOptions = {}): Message {
  return {
    headers: { lang: 'js', ...headers },
    properties: {
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      deliveryMode: 2,
      ...(priority === undefined ? {} : { priority })
    },
    body: new TextEncoder().encode(text)
  }
}

export function textOf(message: Message): string {
  return new TextDecoder().decode(message.body)
}

/** It may have been delivered before, says the broker or whoever sent it again. */
export function isMarked({ redelivered, message }: Delivery): boolean {
  return redelivered || message.headers['redelivered'] === true
}

/** Straight to a queue, through the anonymous exchange. */
export function toQueue(queue: string, text: string, options: MessageOptions = {}): Outgoing {
  return { exchange: '', routingKey: queue, message: textMessage(text, options) }
}

/** `first` … `first + count - 1`, as texts. */
export function numbers(count: number, first = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => String(first + index))
}
