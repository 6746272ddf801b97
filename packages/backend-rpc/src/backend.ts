import {
  BackendClosedError,
  type ChordPart,
  type CompletedJoin,
  JoinsUnsupportedError,
  type ReplyOptions,
  type ResultBackend,
  SharedStoreRequiredError,
  type Watch
} from '@umbel/backend'
import { isReady, readMetaFields, type ResultCodec, type ResultMeta } from '@umbel/protocol'
import type { Channel, Connection, Delivery } from '@umbel/transport'
import { ADVICE, type Inbox } from './inbox.js'
import { sendReplies } from './replies.js'

export interface RpcParts {
  readonly connection: Connection
  readonly channel: Channel
  readonly inbox: Inbox
  readonly replies: ReplyOptions
  readonly codec: ResultCodec
  /** Closed for good. */
  readonly done: () => void
}

/** Sends results to whoever waits for them, and takes those that come here. (celery.backends.rpc) */
export class RpcBackend implements ResultBackend {
  readonly capabilities = { push: true, expires: true, joins: false, shared: false } as const
  readonly url = 'rpc://'
  readonly replyTo: string
  readonly closed: Promise<Error | undefined>
  readonly #parts: RpcParts
  readonly #watches = new Set<Watch>()
  #closing: Promise<void> | undefined

  constructor(parts: RpcParts) {
    this.#parts = parts
    this.replyTo = parts.replies.queue
    this.closed = parts.connection.closed
  }

  /** What has come to the queue. */
  receive(batch: readonly Delivery[]): void {
    const { channel, inbox, codec } = this.#parts
    inbox.put(batch.flatMap(delivery => read(delivery, codec)))
    channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' }))).catch(() => undefined)
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    this.#checkOpen()
    const { channel, codec, replies } = this.#parts
    return await sendReplies(channel, batch, { codec, persistent: replies.persistent ?? false })
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    this.#checkOpen()
    return ids.map(id => this.#parts.inbox.get(id))
  }

  async watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    this.#checkOpen()
    const { inbox } = this.#parts
    const watched = inbox.watch(sink)
    const watch: Watch = {
      add: async added => {
        for (const id of added) inbox.check(id)
        for (const id of added) watched.add(id)
        const there = added.map(id => inbox.get(id)).filter(meta => meta !== undefined && isReady(meta.status))
        if (there.length > 0) sink(there as readonly ResultMeta[])
      },
      remove: removed => removed.forEach(id => watched.delete(id)),
      close: async () => {
        this.#watches.delete(watch)
        inbox.unwatch(sink)
      }
    }
    this.#watches.add(watch)
    try {
      await watch.add(ids)
      return watch
    } catch (thrown) {
      await watch.close()
      throw thrown
    }
  }

  async forget(ids: readonly string[]): Promise<void> {
    this.#checkOpen()
    this.#parts.inbox.forget(ids)
  }

  async saveGroup(groupId: string): Promise<void> {
    this.#refuseGroup(groupId)
  }

  async loadGroup(groupId: string): Promise<never> {
    return this.#refuseGroup(groupId)
  }

  async forgetGroup(): Promise<void> {
    this.#checkOpen()
  }

  async openChord(groupId: string): Promise<void> {
    throw joinsUnsupported(groupId)
  }

  async growChord(groupId: string): Promise<void> {
    throw joinsUnsupported(groupId)
  }

  async storeParts(parts: readonly ChordPart[]): Promise<readonly Error[]> {
    return parts.map(({ groupId }) => joinsUnsupported(groupId))
  }

  async pendingJoins(): Promise<readonly CompletedJoin[]> {
    return []
  }

  async confirmJoins(): Promise<void> {}

  async sweep(): Promise<number> {
    this.#checkOpen()
    return 0
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { connection, channel, replies, done } = this.#parts
    await Promise.all([...this.#watches].map(watch => watch.close()))
    await channel.close().catch(() => undefined)
    const last = await connection.openChannel().catch(() => undefined)
    await last?.delete(replies.queue).catch(() => undefined)
    await connection.close()
    done()
  }

  #refuseGroup(groupId: string): never {
    this.#checkOpen()
    throw new SharedStoreRequiredError(`group ${groupId} cannot be saved or restored over rpc://. ${ADVICE}`)
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new BackendClosedError('the way of results rpc://')
  }
}

function joinsUnsupported(groupId: string): JoinsUnsupportedError {
  return new JoinsUnsupportedError(`chord ${groupId}: chords need a result store, and rpc:// is none. ${ADVICE}`)
}

/** What is no result is nobody's. */
function read({ message }: Delivery, codec: ResultCodec): readonly ResultMeta[] {
  try {
    const { headers, properties, body } = message
    const compression = headers['compression']
    const form = typeof compression === 'string' ? compression : undefined
    return [readMetaFields(codec.read(body, properties.contentType ?? 'application/json', form))]
  } catch {
    return []
  }
}
