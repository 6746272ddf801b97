import { DisabledBackend, resolveBackend, type BackendFactory, type ResultBackend } from '@umbel/backend'
import { OperationalError } from '@umbel/protocol'
import { type Clock, toError } from '@umbel/runtime'
import { type Channel, type Connection, resolveTransport, type Transport } from '@umbel/transport'
import type { Dispatch, Gateway } from './gateway.js'
import { Declarations } from './declarations.js'

export interface PublishRetryPolicy {
  readonly maxRetries: number | null
  /** Seconds. */
  readonly intervalStart: number
  readonly intervalStep: number
  readonly intervalMax: number
}

export interface LocalGatewayOptions {
  readonly brokerUrl: string
  /** undefined: results are disabled. */
  readonly backendUrl: string | undefined
  readonly transports: readonly Transport[]
  readonly backends: readonly BackendFactory[]
  readonly clock: Clock
  readonly name: string
  readonly transportOptions: Readonly<Record<string, unknown>>
  readonly backendTransportOptions: Readonly<Record<string, unknown>>
  /** Seconds; 0 = for ever. */
  readonly resultExpires: number
  /** undefined: a failed publish is not repeated. */
  readonly retry: PublishRetryPolicy | undefined
}

interface Link {
  readonly connection: Connection
  readonly channel: Channel
  readonly declarations: Declarations
}

/** Opens one broker connection and one backend, each on first use; a lost connection is replaced at the next call. */
export class LocalGateway implements Gateway {
  readonly #options: LocalGatewayOptions
  #link: Promise<Link> | undefined
  #backend: Promise<ResultBackend> | undefined
  #closed = false

  constructor(options: LocalGatewayOptions) {
    this.#options = options
  }

  describe(): string {
    return `broker ${this.#options.brokerUrl}, results ${this.#options.backendUrl ?? 'disabled'}`
  }

  async publish(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> {
    const outcomes: (Error | undefined)[] = batch.map(() => undefined)
    let open = batch.map((_dispatch, index) => index)
    for (let attempt = 0; ; attempt++) {
      const errors = await this.#tryPublish(open.map(index => batch[index] as Dispatch))
      open.forEach((index, position) => {
        outcomes[index] = errors[position]
      })
      open = open.filter((_index, position) => isRecoverable(errors[position]))
      if (open.length === 0 || !(await this.#pause(attempt))) return outcomes.map(operational)
    }
  }

  backend(): Promise<ResultBackend> {
    this.#backend ??= this.#connectBackend().catch((error: unknown) => {
      this.#backend = undefined
      throw error
    })
    return this.#backend
  }

  async close(): Promise<void> {
    this.#closed = true
    const [link, backend] = await Promise.all([this.#link?.catch(ignore), this.#backend?.catch(ignore)])
    await Promise.all([link?.connection.close(), backend?.close()])
  }

  async #tryPublish(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> {
    try {
      const { channel, declarations } = await this.#open()
      await declarations.ensure(batch)
      return await channel.publish(batch.map(({ outgoing }) => outgoing))
    } catch (thrown) {
      const error = toError(thrown)
      return batch.map(() => error)
    }
  }

  /** Waits before the next attempt; false when there is none. (task_publish_retry_policy) */
  async #pause(attempt: number): Promise<boolean> {
    const policy = this.#options.retry
    if (policy === undefined || this.#closed) return false
    if (policy.maxRetries !== null && attempt >= policy.maxRetries) return false
    const delay = Math.min(policy.intervalMax, policy.intervalStart + attempt * policy.intervalStep)
    await new Promise<void>(resolve => this.#options.clock.setTimer(delay * 1000, resolve))
    return true
  }

  #open(): Promise<Link> {
    this.#link ??= this.#connect().catch((error: unknown) => {
      this.#link = undefined
      throw error
    })
    return this.#link
  }

  async #connect(): Promise<Link> {
    const { brokerUrl, transports, name, clock, transportOptions } = this.#options
    const transport = resolveTransport(brokerUrl, transports)
    const connection = await transport.connect(brokerUrl, { name, clock, transportOptions })
    void connection.closed.then(() => {
      this.#link = undefined
    })
    const channel = await connection.openChannel()
    return { connection, channel, declarations: new Declarations(channel) }
  }

  async #connectBackend(): Promise<ResultBackend> {
    const { backendUrl, backends, clock, resultExpires, backendTransportOptions } = this.#options
    if (backendUrl === undefined) return new DisabledBackend()
    const { factory, url } = resolveBackend(backendUrl, backends)
    return await factory.connect(url, {
      clock,
      expires: resultExpires,
      transportOptions: backendTransportOptions
    })
  }
}

function isRecoverable(error: Error | undefined): boolean {
  return error !== undefined && 'recoverable' in error && error.recoverable === true
}

/** What a caller sees when the broker would not take a message. (celery raises kombu's OperationalError) */
function operational(error: Error | undefined): Error | undefined {
  return isRecoverable(error)
    ? new OperationalError(`the task could not be sent: ${error?.message}`, { cause: error })
    : error
}

function ignore(): undefined {
  return undefined
}
