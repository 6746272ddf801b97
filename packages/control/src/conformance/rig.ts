import { randomUUID } from 'node:crypto'
import { type Logger, silentLogger } from '@umbel/runtime'
import type { Channel, Connection, ConnectOptions, Delivery, Topology, Transport } from '@umbel/transport'
import { broadcast } from '../broadcast.js'
import { UnknownCommandError } from '../errors.js'
import { Mailbox, type MailboxOptions } from '../mailbox.js'
import type { NodeReply } from '../messages.js'
import { Node } from '../node.js'
import type { BroadcastRequest } from '../request.js'

/** A broker to test against. */
export interface MailboxSetup {
  readonly transport: Transport
  readonly url: string
  readonly options?: ConnectOptions
  teardown(): Promise<void>
}

/** A message, decoded. */
export interface ReadMessage {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/** Remembers who asked. */
class NotingMailbox extends Mailbox {
  readonly asked: string[] = []

  override replyTopology(oid: string): ReturnType<Mailbox['replyTopology']> {
    this.asked.push(oid)
    return super.replyTopology(oid)
  }
}

export type Handle = (method: string, args: Readonly<Record<string, unknown>>) => unknown

/** What one test uses: connections, nodes, and what they heard. */
export class Rig {
  /** Tests do not hear each other. */
  readonly namespace = `umbel.test.${randomUUID()}`
  readonly mailbox = new NotingMailbox({ namespace: this.namespace })
  readonly heard: string[] = []
  readonly logged: string[] = []
  readonly #setup: MailboxSetup
  readonly #connections: Connection[] = []

  constructor(setup: MailboxSetup) {
    this.#setup = setup
  }

  async connect(): Promise<Connection> {
    const { transport, url, options } = this.#setup
    const connection = await transport.connect(url, options)
    this.#connections.push(connection)
    return connection
  }

  /** A node on a connection of its own, answering `pong` and telling what it heard. */
  async node(hostname: string, handle: Handle = pong, options: MailboxOptions = {}): Promise<Node> {
    return await this.nodeOn(await this.connect(), hostname, { handle, options })
  }

  async nodeOn(
    connection: Connection,
    hostname: string,
    { handle = pong, options = {} }: { readonly handle?: Handle; readonly options?: MailboxOptions } = {}
  ): Promise<Node> {
    const mailbox = new Mailbox({ namespace: this.namespace, ...options })
    const logger: Logger = { ...silentLogger, warn: line => this.#log(line), error: line => this.#log(line) }
    return await Node.listen(connection, {
      hostname,
      mailbox,
      logger,
      handle: (method, args) => {
        this.heard.push(`${hostname} ${method}`)
        return handle(method, args)
      }
    })
  }

  /** From a connection of its own. */
  async ask(request: Partial<BroadcastRequest> = {}): Promise<readonly NodeReply[]> {
    return await broadcast(await this.connect(), this.mailbox, { command: 'ping', reply: true, timeout: 1, ...request })
  }

  async channel(): Promise<Channel> {
    return await (await this.connect()).openChannel()
  }

  /** What comes to the queue of this topology, from now on. */
  async read(channel: Channel, topology: Topology): Promise<readonly ReadMessage[]> {
    const read: ReadMessage[] = []
    const queues = (topology.queues ?? []).map(({ name }) => name)
    await channel.declare(topology)
    const deliver = (batch: readonly Delivery[]): void => {
      for (const { message } of batch)
        read.push({ headers: message.headers, body: this.mailbox.read(message) as ReadMessage['body'] })
    }
    await channel.consume(queues, { deliver, lost: () => undefined }, { prefetch: 0, noAck: true })
    return read
  }

  async finish(): Promise<void> {
    for (const connection of this.#connections) await connection.close()
  }

  #log(line: string): void {
    this.logged.push(line)
  }
}

function pong(method: string): unknown {
  if (method === 'ping') return { ok: 'pong' }
  throw new UnknownCommandError(method)
}
