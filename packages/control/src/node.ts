import { errorRepr, type Message } from '@umbel/protocol'
import { type Clock, type Logger, toError } from '@umbel/runtime'
import { type Channel, type Connection, type Delivery, type Subscription, UnroutableError } from '@umbel/transport'
import { UnknownCommandError } from './errors.js'
import type { Mailbox } from './mailbox.js'
import { matchesNode } from './matcher.js'
import { type Command, readCommand } from './messages.js'

export interface NodeOptions {
  readonly hostname: string
  readonly mailbox: Mailbox
  /** Carries a command out; what it gives is the reply (undefined: null), what it throws the error in the reply. */
  readonly handle: (method: string, args: Readonly<Record<string, unknown>>) => unknown
  readonly logger: Logger
}

/** Seconds after which the mailbox is declared anew: where leases are kept, it goes with a node that stood still. */
const DECLARE_AGAIN = 8

/** A mailbox that is read: hears commands and answers them, whatever becomes of them. (kombu.pidbox.Node) */
export class Node {
  readonly #channel: Channel
  readonly #options: NodeOptions
  readonly #clock: Clock
  #subscription: Subscription | undefined
  #again: { cancel(): void } | undefined
  #closed = false

  private constructor(channel: Channel, options: NodeOptions) {
    this.#channel = channel
    this.#options = options
    this.#clock = options.mailbox.time
  }

  /** @throws TopologyError where another connection has this name's mailbox */
  static async listen(connection: Connection, options: NodeOptions): Promise<Node> {
    const channel = await connection.openChannel()
    const node = new Node(channel, options)
    try {
      await node.#listen()
      void connection.closed.then(() => node.#end())
      return node
    } catch (error) {
      await channel.close().catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#end()
    await this.#subscription?.cancel()
    await this.#channel.close()
  }

  async #listen(): Promise<void> {
    const { hostname, mailbox, logger } = this.#options
    const queue = mailbox.queueOf(hostname)
    await this.#channel.declare(mailbox.nodeTopology(hostname))
    const [stat] = await this.#channel.stat([queue])
    if ((stat?.consumers ?? 0) > 0) logger.warn(inUse(hostname))
    const sink = { deliver: (batch: readonly Delivery[]) => this.#deliver(batch), lost: () => undefined }
    this.#subscription = await this.#channel.consume([queue], sink, { prefetch: 0, noAck: true })
    this.#declareLater()
  }

  #declareLater(): void {
    if (this.#closed) return
    const { mailbox, hostname, logger } = this.#options
    this.#again = this.#clock.setTimer(
      DECLARE_AGAIN * 1000,
      () => {
        const declared = this.#channel.declare(mailbox.nodeTopology(hostname))
        void declared.catch((error: unknown) => {
          if (!this.#closed) logger.warn(`the mailbox of ${hostname} could not be declared: ${toError(error).message}`)
        })
        this.#declareLater()
      },
      { keepAlive: false }
    )
  }

  #end(): void {
    this.#closed = true
    this.#again?.cancel()
  }

  #deliver(batch: readonly Delivery[]): void {
    for (const { message } of batch) {
      const command = this.#read(message)
      if (command !== undefined && this.#isMeant(command)) void this.#dispatch(command)
    }
  }

  #read(message: Delivery['message']): Command | undefined {
    const { mailbox, logger } = this.#options
    try {
      const command = readCommand(mailbox.read(message))
      if (command === undefined) logger.error('a message of remote control is no command')
      return command
    } catch (thrown) {
      logger.error(`a command of remote control cannot be read: ${toError(thrown).message}`)
      return undefined
    }
  }

  /** Names first, else a pattern, else everybody. */
  #isMeant({ method, destination, pattern, matcher }: Command): boolean {
    const { hostname, logger } = this.#options
    if (destination !== null && destination.length > 0) return destination.includes(hostname)
    if (pattern === null || matcher === null) return true
    try {
      return matchesNode(hostname, pattern, matcher)
    } catch (thrown) {
      logger.error(`the command ${method} says to whom it goes in a way that is not known: ${toError(thrown).message}`)
      return false
    }
  }

  async #dispatch(command: Command): Promise<void> {
    const value = await this.#carryOut(command)
    if (command.reply_to !== undefined) await this.#reply(command, value)
  }

  async #carryOut({ method, arguments: given }: Command): Promise<unknown> {
    try {
      return (await this.#options.handle(method, given)) ?? null
    } catch (thrown) {
      const error = toError(thrown)
      this.#options.logger.error(`the command ${method} of remote control failed: ${error.message}`)
      return failure(error)
    }
  }

  async #reply({ method, ticket, reply_to: to }: Command, value: unknown): Promise<void> {
    const { logger } = this.#options
    if (to === undefined) return
    try {
      const message = this.#write(value, ticket)
      const outgoing = { exchange: to.exchange, routingKey: to.routing_key, message }
      const [error] = await this.#channel.publish([outgoing])
      if (error !== undefined && !(error instanceof UnroutableError)) throw error
    } catch (thrown) {
      if (!this.#closed) logger.error(`the command ${method} could not be answered: ${toError(thrown).message}`)
    }
  }

  /** What cannot be written is told as the error that says so. */
  #write(value: unknown, ticket: string | undefined): Message {
    const { hostname, mailbox } = this.#options
    try {
      return mailbox.writeReply({ [hostname]: value }, ticket)
    } catch (thrown) {
      return mailbox.writeReply({ [hostname]: failure(toError(thrown)) }, ticket)
    }
  }
}

/** In Python's words, as Celery's tools show it. */
function failure(error: Error): { readonly error: string } {
  return { error: error instanceof UnknownCommandError ? error.text : errorRepr(error) }
}

function inUse(hostname: string): string {
  return (
    `A node named ${hostname} is already using this process mailbox! Did another node not shut down? ` +
    'Nodes on one host need names of their own: umbel worker -n'
  )
}
