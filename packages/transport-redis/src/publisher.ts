import type { Scripts } from '@umbel/redis'
import { failpoint, toError } from '@umbel/runtime'
import { PublishError, type Queue } from '@umbel/transport'
import type { StoredMessage } from '@umbel/transport/virtual'
import type { Redis } from 'ioredis'
import { toEnvelope } from './envelope.js'
import { type Fanout, fanoutExchange } from './fanout.js'
import type { Keys } from './keys.js'
import { runAll } from './run-all.js'
import { PUT } from './scripts.js'

export interface PublisherParts {
  readonly client: Redis
  readonly scripts: Scripts
  readonly keys: Keys
  readonly fanout: Fanout
  /** As this connection declared them. */
  readonly queues: ReadonlyMap<string, Queue>
  readonly bodyEncoding: 'base64' | 'utf-8'
}

/** A message and its envelope. */
export interface Ready {
  readonly stored: StoredMessage
  readonly text: string
}

/** What the server says when it refuses messages and is well otherwise. READONLY: it is no master any more. */
const REFUSAL = /^(OOM|WRONGTYPE|NOPERM|MISCONF)/

/** From messages to lists, channels and delayed sets. */
export class Publisher {
  readonly #parts: PublisherParts

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  async put(batch: readonly StoredMessage[]): Promise<readonly (Error | undefined)[]> {
    const texts = batch.map(stored => this.toText(stored))
    const ready = batch.flatMap((stored, index) => {
      const text = texts[index]
      return typeof text === 'string' ? [{ stored, text }] : []
    })
    const failure = ready.length === 0 ? undefined : await this.#push(ready)
    return texts.map(text => (typeof text === 'string' ? failure : text))
  }

  toText(stored: StoredMessage): string | PublishError {
    return toEnvelope(stored, this.#parts.bodyEncoding)
  }

  /** What the scripts want to know; `eta`: the message says its time itself, so that a worker may wait for it too. */
  toPut({ stored, text }: Ready, eta: boolean): readonly (string | number)[] {
    const { keys } = this.#parts
    const step = keys.step(stored.message.properties.priority)
    const { queue, notBefore = 0 } = stored
    return [keys.list(queue, step), keys.delayed(queue), queue, notBefore, eta ? 1 : 0, step, text]
  }

  /** In one step. */
  async pushPlain(ready: readonly Ready[]): Promise<void> {
    const { client, fanout } = this.#parts
    const lists = new Map<string, string[]>()
    const multi = client.multi()
    for (const { stored, text } of ready) {
      const exchange = fanoutExchange(stored.queue)
      if (exchange !== undefined) multi.publish(fanout.channel(exchange, stored.routingKey), text)
      else append(lists, this.#listOf(stored), text)
    }
    for (const [list, texts] of lists) multi.lpush(list, ...texts)
    for (const queue of new Set(ready.map(({ stored }) => stored.queue))) this.#expire(multi, queue)
    await runAll(multi)
  }

  /** Answers why the server refused. */
  async #push(ready: readonly Ready[]): Promise<PublishError | undefined> {
    try {
      const delayed = ready.some(({ stored }) => stored.notBefore !== undefined)
      failpoint('before-commit')
      await (delayed ? this.#pushByScript(ready) : this.pushPlain(ready))
      failpoint('after-commit')
      return undefined
    } catch (thrown) {
      const cause = refusalOf(toError(thrown))
      if (!REFUSAL.test(cause.message)) throw cause
      return new PublishError(`Redis refused the message: ${cause.message}`, { cause })
    }
  }

  async #pushByScript(ready: readonly Ready[]): Promise<void> {
    const { scripts, keys } = this.#parts
    const broadcast = ready.filter(({ stored }) => fanoutExchange(stored.queue) !== undefined)
    if (broadcast.length > 0) await this.pushPlain(broadcast)
    const args = ready.filter(each => !broadcast.includes(each)).flatMap(each => this.toPut(each, hasEta(each.stored)))
    await scripts.run(PUT, { keys: [keys.delayedIndex, keys.mover], args, grows: true })
  }

  #expire(multi: ReturnType<Redis['multi']>, queue: string): void {
    const life = this.#parts.queues.get(queue)?.arguments?.['x-expires']
    if (typeof life === 'number') for (const list of this.#parts.keys.lists(queue)) multi.pexpire(list, life)
  }

  #listOf({ queue, message }: StoredMessage): string {
    const { keys } = this.#parts
    return keys.list(queue, keys.step(message.properties.priority))
  }
}

/** A transaction that was discarded says why in the errors before it. */
function refusalOf(error: Error & { readonly previousErrors?: readonly unknown[] }): Error {
  const [first] = error.previousErrors ?? []
  return first === undefined ? error : toError(first)
}

function hasEta({ message }: StoredMessage): boolean {
  return typeof message.headers['eta'] === 'string'
}

function append(lists: Map<string, string[]>, key: string, text: string): void {
  const known = lists.get(key)
  if (known === undefined) lists.set(key, [text])
  else known.push(text)
}
