import { type ResultBackend, revokedMeta } from '@umbel/backend'
import { type Clock, type Logger, toError } from '@umbel/runtime'
import type { RevokedIds } from '../consume/revoked.js'

export interface RevocationsOptions {
  readonly ids: RevokedIds
  /** Its calls are repeated while it is away. */
  readonly backend: () => Promise<ResultBackend>
  /** There is no result store. */
  readonly disabled: boolean
  /** Seconds that an id is kept in the store. */
  readonly expires: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Seconds that a command waits for the store; what it does there goes on. */
const PATIENCE = 2

/** States of a task that no worker has begun; in others it belongs to the worker that has it. */
const NOT_BEGUN: ReadonlySet<string> = new Set(['PENDING', 'RECEIVED', 'RETRY', 'REJECTED'])

/**
 * Which tasks must not run: asked in memory, kept in the result store too, so that a worker knows that starts later or
 * that did not hear the command. The store is read at start and tells what is new; never is it asked for one task.
 */
export class Revocations {
  readonly #options: RevocationsOptions
  #watch: { close(): Promise<void> } | undefined

  constructor(options: RevocationsOptions) {
    this.#options = options
  }

  ids(): readonly string[] {
    return this.#options.ids.ids()
  }

  /** Never rejects: a worker without the list still hears commands. */
  async start(): Promise<void> {
    const { disabled, backend, ids, logger } = this.#options
    if (disabled) return
    try {
      const { revocations } = await backend()
      this.#watch = await revocations?.watch(more => ids.add(more))
      ids.add((await revocations?.load()) ?? [])
    } catch (thrown) {
      logger.warn(`the tasks that were revoked before could not be read: ${toError(thrown).message}`)
    }
  }

  async stop(): Promise<void> {
    const watch = this.#watch
    this.#watch = undefined
    await watch?.close().catch(() => undefined)
  }

  /** Another worker knows them: whoever revoked them has them kept. */
  hear(ids: readonly string[]): void {
    this.#options.ids.add(ids)
  }

  addStamps(header: string, values: readonly unknown[]): void {
    this.#options.ids.stamps.add(header, values)
  }

  /** At once in memory. Resolves when the store has them, or does not answer for a while. `open`: such as do not run here. */
  async add(ids: readonly string[], open: readonly string[]): Promise<void> {
    const { disabled, clock } = this.#options
    this.#options.ids.add(ids)
    if (disabled || ids.length === 0) return
    const stored = Promise.all([this.#keep(ids), this.#mark(open)])
    await new Promise<void>(resolve => {
      const timer = clock.setTimer(PATIENCE * 1000, resolve, { keepAlive: false })
      void stored.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  async #keep(ids: readonly string[]): Promise<void> {
    const { backend, expires, logger } = this.#options
    try {
      await (await backend()).revocations?.add(ids, expires)
    } catch (thrown) {
      logger.warn(`${ids.length} revoked tasks are not kept in the result store: ${toError(thrown).message}`)
    }
  }

  /** Whoever waits for such a task hears of it now, not when its message is met. (wire-protocol 8.4, trap 76) */
  async #mark(ids: readonly string[]): Promise<void> {
    const { backend, clock, logger } = this.#options
    try {
      const store = await backend()
      // A store that answers whoever asked (rpc) cannot be asked, nor told by a stranger.
      if (!store.capabilities.shared && store.revocations === undefined) return
      const metas = await store.load(ids)
      const waiting = ids.filter((_id, index) => NOT_BEGUN.has(metas[index]?.status ?? 'PENDING'))
      const now = clock.now()
      const errors = await store.store(waiting.map(taskId => revokedMeta({ taskId, now, children: [] })))
      const error = errors.find(one => one !== undefined)
      if (error !== undefined) throw error
    } catch (thrown) {
      logger.warn(`revoked tasks could not be marked in the result store: ${toError(thrown).message}`)
    }
  }
}
