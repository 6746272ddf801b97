import type { Channel, ChannelModel } from 'amqplib'

/**
 * A channel for what the server may refuse: a refusal ends the channel, and nothing else must hang on it. One use at a
 * time, so that no refusal ends a neighbour.
 */
export class SpareChannel {
  readonly #model: ChannelModel
  #channel: Channel | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(model: ChannelModel) {
    this.#model = model
  }

  run<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    const next = this.#last.then(async () => use(await this.#open()))
    this.#last = next.catch(() => {})
    return next
  }

  async close(): Promise<void> {
    await this.#last
    await this.#channel?.close().catch(() => {})
  }

  async #open(): Promise<Channel> {
    if (this.#channel !== undefined) return this.#channel
    const channel = await this.#model.createChannel()
    // The refused call rejects too; without a listener the event would end the process.
    channel.on('error', () => {})
    channel.on('close', () => {
      if (this.#channel === channel) this.#channel = undefined
    })
    this.#channel = channel
    return channel
  }
}
