import { randomUUID } from 'node:crypto'
import { isMapping } from '@umbel/protocol'
import { type Clock, createDeferred, type Timer, toError } from '@umbel/runtime'
import { type Channel, type Connection, type Delivery, type DeliverySink, UnroutableError } from '@umbel/transport'
import { ControlError } from './errors.js'
import type { Mailbox } from './mailbox.js'
import type { Command, NodeReply } from './messages.js'
import { type BroadcastPlan, type BroadcastRequest, planBroadcast } from './request.js'

/**
 * Sends a command to nodes; with `reply`, waits for what they answer. Each call that waits has a queue of its own, which
 * goes with it, so that nothing is left and no reply of another call is met.
 * @throws ControlError for an option that makes no sense; what the transport says
 */
export async function broadcast(
  connection: Connection,
  mailbox: Mailbox,
  request: BroadcastRequest
): Promise<readonly NodeReply[]> {
  const oid = randomUUID()
  const replyTo = { exchange: mailbox.replyExchange.name, routing_key: oid }
  const plan = planBroadcast(request, request.reply === true ? { ticket: randomUUID(), replyTo } : undefined)
  const channel = await connection.openChannel()
  try {
    if (request.reply === true) return await ask({ connection, channel, mailbox, plan }, oid)
    await channel.declare({ exchanges: [mailbox.exchange] })
    await send(channel, mailbox, plan)
    return []
  } finally {
    await channel.close()
  }
}

interface Asking {
  readonly connection: Connection
  readonly channel: Channel
  readonly mailbox: Mailbox
  readonly plan: BroadcastPlan
}

async function ask({ connection, channel, mailbox, plan }: Asking, oid: string): Promise<readonly NodeReply[]> {
  const topology = mailbox.replyTopology(oid)
  const queues = topology.queues.map(({ name }) => name)
  const replies = new Replies(mailbox, plan)
  await channel.declare(topology)
  try {
    const subscription = await channel.consume(queues, replies, { prefetch: 0, noAck: true })
    if (await send(channel, mailbox, plan)) replies.begin()
    else replies.end()
    const gone = connection.closed.then(reason => {
      throw new ControlError(`the connection ended before all replies were there: ${reason?.message ?? 'closed'}`, {
        recoverable: true,
        cause: reason
      })
    })
    const collected = await Promise.race([replies.all, gone])
    await subscription.cancel()
    return collected
  } finally {
    replies.end()
    await Promise.all(queues.map(queue => channel.delete(queue))).catch(() => undefined)
  }
}

/** false: there is no node that could hear it. */
async function send(channel: Channel, mailbox: Mailbox, { command, timeout }: BroadcastPlan): Promise<boolean> {
  const message = mailbox.writeCommand(command, command.ticket === undefined ? 0 : timeout)
  const [error] = await channel.publish([{ exchange: mailbox.exchange.name, routingKey: '', message }])
  if (error === undefined) return true
  if (error instanceof UnroutableError) return false
  throw error
}

/** Replies as they come, until there are enough or none has come for a while. */
class Replies implements DeliverySink {
  readonly #mailbox: Mailbox
  readonly #command: Command
  readonly #plan: BroadcastPlan
  readonly #clock: Clock
  readonly #replies: NodeReply[] = []
  readonly #done = createDeferred<readonly NodeReply[]>()
  #timer: Timer | undefined

  constructor(mailbox: Mailbox, plan: BroadcastPlan) {
    this.#mailbox = mailbox
    this.#command = plan.command
    this.#plan = plan
    this.#clock = mailbox.time
  }

  get all(): Promise<readonly NodeReply[]> {
    return this.#done.promise
  }

  /** The command is on its way. */
  begin(): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.setTimer(this.#plan.timeout * 1000, () => this.end())
  }

  end(): void {
    this.#timer?.cancel()
    this.#done.resolve([...this.#replies])
  }

  deliver(batch: readonly Delivery[]): void {
    for (const delivery of batch) this.#hear(delivery)
    if (this.#replies.length >= this.#plan.limit) this.end()
    else if (this.#timer !== undefined) this.begin()
  }

  lost(): void {
    // What is consumed without acknowledgement cannot be lost.
  }

  #hear({ message }: Delivery): void {
    const { ticket = this.#command.ticket } = message.headers
    if (ticket !== this.#command.ticket || this.#replies.length >= this.#plan.limit) return
    const reply = this.#read(message)
    if (reply === undefined) return
    this.#replies.push(reply)
    try {
      this.#plan.callback(reply)
    } catch (thrown) {
      this.#done.reject(toError(thrown))
    }
  }

  /** A reply that nobody can read is none. */
  #read(message: Delivery['message']): NodeReply | undefined {
    try {
      const reply = this.#mailbox.read(message)
      return isMapping(reply) ? reply : undefined
    } catch {
      return undefined
    }
  }
}
