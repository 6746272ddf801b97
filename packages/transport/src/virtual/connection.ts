import { createDeferred, toError, UmbelError } from '@umbel/runtime'
import type { Channel, Connection } from '../contract.js'
import { ClosedError, ConnectionError } from '../errors.js'
import { VirtualChannel } from './channel.js'
import type { ChannelHost } from './host.js'
import { LeaseKeeper } from './leases.js'
import { compileVirtualOptions, type VirtualOptions, type VirtualSettings } from './settings.js'
import type { VirtualStore } from './store.js'

/** A connection whose broker is emulated over a store. */
export function virtualConnection(store: VirtualStore, options: VirtualOptions): Connection {
  return new VirtualConnection(store, compileVirtualOptions(options))
}

/**
 * - `open`
 * - `closing`: `close()` was called; channels give back what they hold.
 * - `ended`: for good, by `close()` or because the store failed.
 */
type State = 'open' | 'closing' | 'ended'

class VirtualConnection implements Connection, ChannelHost {
  readonly url: string
  readonly closed: Promise<Error | undefined>
  readonly store: VirtualStore
  readonly settings: VirtualSettings
  readonly #channels = new Set<VirtualChannel>()
  readonly #leases: LeaseKeeper
  readonly #ended = createDeferred<Error | undefined>()
  #state: State = 'open'
  #reason: Error | undefined
  #closing: Promise<void> | undefined

  constructor(store: VirtualStore, settings: VirtualSettings) {
    this.store = store
    this.settings = settings
    this.url = settings.url
    this.closed = this.#ended.promise
    this.#leases = new LeaseKeeper(store, this, settings)
    void store.closed.then(reason => this.#end(reason))
  }

  get reason(): Error | undefined {
    return this.#reason
  }

  async openChannel(): Promise<Channel> {
    if (this.#state !== 'open')
      throw new ClosedError('the connection is closed', this.#reason === undefined ? {} : { cause: this.#reason })
    const channel = new VirtualChannel(this)
    this.#channels.add(channel)
    return channel
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  destroy(): void {
    this.store.destroy?.()
    this.#end(new ConnectionError('the connection was given up', { recoverable: true }))
  }

  async attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (thrown) {
      const error = toUmbelError(thrown)
      if (error instanceof ConnectionError) this.fail(error)
      throw error
    }
  }

  fail(error: Error): void {
    this.#end(error)
  }

  consuming(): void {
    this.#leases.start()
  }

  release(channel: VirtualChannel): void {
    this.#channels.delete(channel)
  }

  heldIds(): readonly string[] {
    return [...this.#channels].flatMap(channel => channel.heldIds())
  }

  lose(ids: readonly string[]): void {
    const lost = new Set(ids)
    for (const channel of this.#channels) channel.lose(lost)
  }

  restored(): void {
    for (const channel of this.#channels) channel.wake()
  }

  async #close(): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'closing'
    await this.#withinCloseTimeout(Promise.all([...this.#channels].map(channel => channel.close())))
    this.#end(undefined)
    await this.#withinCloseTimeout(this.store.close())
  }

  /** A store that does not answer must not hold up a shutdown for ever: its leases give the messages back. */
  async #withinCloseTimeout(work: Promise<unknown>): Promise<void> {
    const late = createDeferred<void>()
    const timer = this.settings.clock.setTimer(this.settings.closeTimeout * 1000, () => late.resolve())
    await Promise.race([work.catch(() => {}), late.promise])
    timer.cancel()
  }

  #end(reason: Error | undefined): void {
    if (this.#state === 'ended') return
    const asked = this.#state === 'closing'
    this.#state = 'ended'
    this.#reason = reason
    this.#leases.stop()
    const error = new ConnectionError('the connection ended before the broker answered', {
      recoverable: true,
      ...(reason === undefined ? {} : { cause: reason })
    })
    for (const channel of this.#channels) channel.end(error)
    this.#channels.clear()
    if (!asked) this.store.close().catch(() => {})
    this.#ended.resolve(reason)
  }
}

function toUmbelError(thrown: unknown): UmbelError {
  if (thrown instanceof UmbelError) return thrown
  const cause = toError(thrown)
  return new ConnectionError(`the store failed: ${cause.message}`, { cause, recoverable: true })
}
