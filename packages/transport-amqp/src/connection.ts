import { type Clock, createDeferred } from '@umbel/runtime'
import { type Channel, type Connection, ConnectionError } from '@umbel/transport'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import { AmqpChannel, type ChannelHost } from './channel.js'
import type { DelayedQueueType } from './delay/levels.js'
import { toConnectionError } from './errors.js'
import { defaultConsumerTimeout, serverVersion } from './inspect/server.js'
import { closedError } from './publisher.js'

/** A server that does not answer must not hold up a shutdown: it gives back what was unsettled anyway. Seconds. */
const CLOSE_TIMEOUT = 5

export interface ConnectionParts {
  readonly model: ChannelModel
  /** Another one to the same server. */
  readonly dial: () => Promise<ChannelModel>
  readonly url: string
  readonly clock: Clock
  readonly delayedQueueType: DelayedQueueType
  /** Seconds; 0: none; undefined: as the server's version has it. */
  readonly consumerTimeout: number | undefined
  /** What was warned of already. */
  readonly warned: Set<string>
}

/** Any fault ends it, with all that hangs on it. */
export class AmqpConnection implements Connection, ChannelHost {
  readonly url: string
  readonly closed: Promise<Error | undefined>
  readonly model: ChannelModel
  readonly clock: Clock
  readonly delayedQueueType: DelayedQueueType
  readonly #channels = new Set<AmqpChannel>()
  readonly serverMajor: number
  readonly settleWithin: number | undefined
  readonly #warned: Set<string>
  readonly #dial: () => Promise<ChannelModel>
  #publishing: Promise<ChannelModel> | undefined
  #blocked: string | undefined
  #holders = 0
  readonly #ended = createDeferred<Error | undefined>()
  #state: 'open' | 'closing' | 'ended' = 'open'
  #reason: Error | undefined
  #closing: Promise<void> | undefined

  constructor({ model, dial, url, clock, delayedQueueType, consumerTimeout, warned }: ConnectionParts) {
    this.#dial = dial
    const version = serverVersion(model)
    this.serverMajor = version[0]
    this.settleWithin = consumerTimeout === undefined ? defaultConsumerTimeout(version) : consumerTimeout || undefined
    this.#warned = warned
    this.model = model
    this.url = url
    this.clock = clock
    this.delayedQueueType = delayedQueueType
    this.closed = this.#ended.promise
    this.#watch(model)
  }

  get reason(): Error | undefined {
    return this.#reason
  }

  async openChannel(): Promise<Channel> {
    if (this.#state !== 'open') throw closedError('connection', this.#reason)
    try {
      const channel = new AmqpChannel(this, await this.holding(this.model.createChannel()))
      this.#channels.add(channel)
      return channel
    } catch (thrown) {
      throw toConnectionError(thrown, this.url)
    }
  }

  get blocked(): string | undefined {
    return this.#blocked
  }

  /**
   * A server that is short of memory stops reading from connections that publish, acknowledgements included: over one of
   * its own, what is consumed can go on and free it.
   */
  async openPublishing(apart: boolean): Promise<ConfirmChannel> {
    const model = apart ? await (this.#publishing ??= this.#open()) : this.model
    return await model.createConfirmChannel()
  }

  close(): Promise<void> {
    this.#closing ??= this.holding(this.#close())
    return this.#closing
  }

  destroy(): void {
    this.fail(new Error('it was given up'))
    ;(this.model.connection as unknown as Internals).stream?.destroy()
  }

  fail(error: Error): void {
    this.#end(this.#state === 'open' ? toConnectionError(error, this.url) : undefined)
  }

  /** Each once. */
  warn(code: string, text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    process.emitWarning(text, { type: 'UmbelWarning', code })
  }

  async holding<T>(work: Promise<T>): Promise<T> {
    this.hold(1)
    try {
      return await work
    } finally {
      this.hold(-1)
    }
  }

  /** Consumers keep the process alive; an idle connection does not. */
  hold(more: 1 | -1): void {
    this.#holders += more
    keepAlive(this.model, this.#holders > 0)
    void this.#publishing?.then(model => keepAlive(model, this.#holders > 0)).catch(() => {})
  }

  release(channel: AmqpChannel): void {
    this.#channels.delete(channel)
  }

  async #open(): Promise<ChannelModel> {
    try {
      const model = await this.#dial()
      this.#watch(model)
      if (this.#state === 'ended') model.close().catch(() => {})
      return model
    } catch (thrown) {
      this.#publishing = undefined
      throw thrown
    }
  }

  #watch(model: ChannelModel): void {
    keepAlive(model, this.#holders > 0)
    model.on('error', error => this.fail(error))
    model.on('close', (error?: Error) => this.fail(error ?? new Error('the connection was closed')))
    model.on('blocked', reason => {
      this.#blocked = reason
    })
    model.on('unblocked', () => {
      this.#blocked = undefined
    })
  }

  async #close(): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'closing'
    await this.#within(Promise.all([...this.#channels].map(channel => channel.close())))
    await this.#within(Promise.all([this.model.close(), this.#publishing?.then(model => model.close())]))
    this.#end(undefined)
  }

  async #within(work: Promise<unknown>): Promise<void> {
    const late = createDeferred<void>()
    const timer = this.clock.setTimer(CLOSE_TIMEOUT * 1000, () => late.resolve())
    await Promise.race([work.catch(() => {}), late.promise, this.closed])
    timer.cancel()
  }

  #end(reason: Error | undefined): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#reason = reason
    const error = new ConnectionError('the connection ended before RabbitMQ answered', {
      recoverable: true,
      ...(reason === undefined ? {} : { cause: reason })
    })
    for (const channel of this.#channels) channel.end(error)
    this.#channels.clear()
    if (reason !== undefined) this.model.close().catch(() => {})
    this.#publishing?.then(model => model.close()).catch(() => {})
    this.#ended.resolve(reason)
  }
}

/** What amqplib keeps open: the socket, and the timers of its heart. */
interface Internals {
  readonly stream?: Keeper & { destroy(): unknown }
  readonly heartbeater?: { readonly sendTimer?: Keeper; readonly recvTimer?: Keeper }
}
interface Keeper {
  ref(): unknown
  unref(): unknown
}

function keepAlive(model: ChannelModel, whether: boolean): void {
  const { stream, heartbeater } = model.connection as unknown as Internals
  for (const keeper of [stream, heartbeater?.sendTimer, heartbeater?.recvTimer])
    if (whether) keeper?.ref()
    else keeper?.unref()
}
