import type { Clock, Timer } from '@umbel/runtime'
import type { ConsumeOptions, Delivery } from '@umbel/transport'
import type { Channel, ConsumeMessage, Options } from 'amqplib'
import { readDelivery } from './messages.js'
import { writeTable } from './tables/write.js'
import type { Unsettled } from './unsettled.js'

export interface ConsumerHost {
  readonly channel: Channel
  readonly unsettled: Unsettled
  readonly clock: Clock
  readonly noAck: boolean
  /** Of `basic.consume`, and `exclusive`, by queue. */
  readonly consumerArguments: NonNullable<ConsumeOptions['consumerArguments']>
  /** Something may be handed over. */
  wake(): void
  fail(error: Error): void
  deleted(queue: string): void
}

/** `held` waits for a free slot or its time, and is ours as far as the server knows. */
type Held = Delivery & { readonly due: number; readonly since: number; readonly generation: number }

/** How long messages may wait here for a free slot before others are offered them, milliseconds. */
const PATIENCE = 250
/** For so long after that no more is asked for than there are slots, and not more often than that. */
const CAUTION = 1000
const PACE = 50

/**
 * What one subscription consumes of one queue. The server leaves a consumer's prefetch as it is, so that another one is
 * a new consumer; but a worker's limit moves with every task. So the limit is kept here, and the server is told when it
 * sends too little, or what it sent has waited for a slot.
 */
export class QueueConsumer {
  readonly queue: string
  readonly #host: ConsumerHost
  #held: Held[] = []
  /** Most that may be handed over and not settled; 0: no limit; undefined: nothing. */
  #limit: number | undefined
  /** The same, as the server has it for its present consumer. */
  #granted: number | undefined
  #unsettled = 0
  /** Of these and the held ones, what came from the present consumer. */
  #own = 0
  #generation = 0
  #tag: string | undefined
  #steering: Promise<void> = Promise.resolve()
  #steeredAt = Number.NEGATIVE_INFINITY
  #yieldedAt = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined

  constructor(queue: string, host: ConsumerHost) {
    this.queue = queue
    this.#host = host
  }

  /** Consumes, or not. */
  start(limit: number): Promise<void> {
    this.#limit = limit
    return this.#steer(limit)
  }

  stop(): Promise<void> {
    this.#limit = undefined
    return this.#steer(undefined)
  }

  /** Nothing is handed over meanwhile; the server learns of it if it lasts. */
  set limit(limit: number | undefined) {
    this.#limit = limit
  }

  /** Takes what may start now. */
  take(): readonly Delivery[] {
    const now = this.#host.clock.now()
    const free = this.#free
    const taken: Held[] = []
    if (this.#held.length > 0 && free > 0) {
      const kept: Held[] = []
      const dated = this.#held.some(({ due }) => due > 0)
      const ordered = dated ? this.#held.toSorted((a, b) => a.due - b.due) : this.#held
      for (const held of ordered) (held.due <= now && taken.length < free ? taken : kept).push(held)
      this.#held = kept
      if (!this.#host.noAck) this.#unsettled += taken.length
      else this.#own = 0
    }
    return taken.map(({ due: _due, since: _since, generation: _generation, ...delivery }) => delivery)
  }

  /** Tells the server what it has to know by now. */
  adjust(): void {
    const now = this.#host.clock.now()
    this.#setTimer(now)
    if (this.#granted === 0 && this.#limit !== 0) void this.#steerSafely(this.#limit)
    else if (this.#hasWaited(now)) this.#yield(now)
    else this.#ask(now)
  }

  /** Nothing is asked of the server any more. */
  end(): void {
    this.#held = []
    this.#limit = undefined
    this.#granted = undefined
    this.#timer?.cancel()
  }

  get #free(): number {
    if (this.#limit === undefined) return 0
    return this.#limit === 0 || this.#host.noAck ? Number.POSITIVE_INFINITY : this.#limit - this.#unsettled
  }

  #hasWaited(now: number): boolean {
    const waiting = this.#held.find(({ due }) => due <= now)
    return waiting !== undefined && Math.max(waiting.since, waiting.due) + PATIENCE <= now
  }

  /** Others shall have what has no slot here. */
  #yield(now: number): void {
    this.#yieldedAt = now
    void this.#steerSafely(undefined)
  }

  /** For more, where the server sends no more though there are slots. */
  #ask(now: number): void {
    const isCautious = now - this.#yieldedAt < CAUTION
    const wanted = isCautious && this.#limit !== 0 ? this.#free : (this.#limit ?? 0)
    if (this.#free <= 0 || (isCautious && now - this.#steeredAt < PACE)) return
    const isEnough = this.#granted === 0 || (!isCautious && wanted !== 0 && wanted <= (this.#granted ?? 0))
    const isIdle = this.#granted !== undefined && this.#own < this.#granted
    if (this.#granted === undefined || !(isEnough || isIdle)) void this.#steerSafely(wanted)
  }

  #steerSafely(prefetch: number | undefined): Promise<void> {
    return this.#steer(prefetch).catch((thrown: unknown) => this.#host.fail(thrown as Error))
  }

  /** One change at a time, the last one counts. */
  #steer(prefetch: number | undefined): Promise<void> {
    this.#granted = prefetch
    this.#steeredAt = this.#host.clock.now()
    const next = this.#steering.then(() => this.#apply(prefetch))
    this.#steering = next.catch(() => {})
    return next
  }

  async #apply(prefetch: number | undefined): Promise<void> {
    if (prefetch !== this.#granted) return
    const { channel } = this.#host
    const options = this.#consumeOptions()
    const before = this.#tag
    this.#tag = undefined
    // An exclusive one suffers no other, not even its successor.
    const isAlone = options.exclusive === true && before !== undefined
    if (isAlone) await channel.cancel(before)
    if (prefetch !== undefined) {
      const generation = ++this.#generation
      this.#own = 0
      await channel.prefetch(Math.min(prefetch, 65_535))
      const arrived = (message: ConsumeMessage | null): void => this.#arrived(message, generation)
      this.#tag = (await channel.consume(this.queue, arrived, options)).consumerTag
    }
    if (before !== undefined && !isAlone) await channel.cancel(before)
    if (this.#granted === undefined) this.#giveBack()
  }

  #consumeOptions(): Options.Consume {
    const { noAck, consumerArguments } = this.#host
    const { exclusive = false, ...given } = consumerArguments[this.queue] ?? {}
    return { noAck, exclusive: exclusive === true, arguments: writeTable(given) }
  }

  /** Lets others have what was not handed over. */
  #giveBack(): void {
    const now = this.#host.clock.now()
    const given = this.#held.filter(({ due }) => this.#limit === undefined || due <= now)
    this.#held = this.#held.filter(held => !given.includes(held))
    if (this.#host.noAck) return
    for (const { tag } of given.toReversed()) this.#host.unsettled.reject(this.#host.channel, tag, true)
  }

  #arrived(message: ConsumeMessage | null, generation: number): void {
    if (message === null) {
      this.#host.deleted(this.queue)
      return
    }
    const { deliveryTag } = message.fields
    const { noAck, unsettled, clock } = this.#host
    const delivery = { ...readDelivery(message, this.queue, deliveryTag), since: clock.now(), generation }
    if (!noAck) unsettled.add(deliveryTag, { queue: this.queue, settled: () => this.#settled(delivery) })
    if (generation === this.#generation) this.#own++
    this.#held.push(delivery)
    this.#host.wake()
  }

  #settled(delivery: Held): void {
    if (delivery.generation === this.#generation) this.#own--
    if (this.#held.includes(delivery)) return
    this.#unsettled = Math.max(0, this.#unsettled - 1)
    this.#host.wake()
  }

  /** For what is not due yet, and what waits for a slot. */
  #setTimer(now: number): void {
    this.#timer?.cancel()
    const times = this.#held.map(({ due, since }) => (due > now ? due : Math.max(since, due) + PATIENCE))
    if (this.#free > 0 && now - this.#yieldedAt < CAUTION) times.push(now + PACE)
    const next = Math.min(...times)
    if (next === Number.POSITIVE_INFINITY) return
    this.#timer = this.#host.clock.setTimer(Math.max(1, next - now), () => this.#host.wake(), { keepAlive: false })
  }
}
