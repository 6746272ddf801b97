import { randomUUID } from 'node:crypto'
import { JoinsUnsupportedError } from '@umbel/backend'
import type { ChordOpening, Dispatcher, Handle, TaskSend } from '@umbel/canvas'
import type { ResultTuple } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { EagerRunner } from '../execution/eager.js'
import type { Gateway } from '../gateway/gateway.js'
import type { ResultAccess } from '../results/access.js'
import type { TaskRegistry } from '../task/registry.js'
import type { Publishing } from './call-options.js'
import { compose } from './compose.js'
import type { ComposeEnvironment } from './environment.js'
import { remember, withFamily } from './family.js'
import { unlockTask } from './polled-chord.js'
import type { Publisher } from './publisher.js'

export interface DispatcherParts {
  readonly environment: () => ComposeEnvironment
  readonly load: () => Promise<unknown>
  readonly tasks: TaskRegistry
  readonly publisher: Publisher
  readonly gateway: () => Gateway
  readonly results: ResultAccess
  readonly eager: () => EagerRunner
}

/** The application's side of canvas's port: composes, routes and sends; in eager mode, runs. */
export class AppDispatcher implements Dispatcher {
  readonly #parts: DispatcherParts

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  newId(): string {
    return randomUUID()
  }

  /** Steps that Python sends must name it: it would take its own. */
  get replyTo(): string | undefined {
    return this.#parts.gateway().replyTo
  }

  get errorCallbacksOnChordHeader(): boolean {
    return this.#settings().taskAllowErrorCbOnChordHeader
  }

  /** A task that cannot be composed (an argument that cannot be written, an unknown queue) fails alone. */
  async send(batch: readonly TaskSend[]): Promise<readonly (Error | undefined)[]> {
    await this.#parts.publisher.track(this.#parts.load())
    if (this.#settings().taskAlwaysEager) return await this.#parts.eager().runAll(batch)
    return await Promise.all(batch.map(send => this.sendOne(send).then(nothing, toError)))
  }

  /** One task; composed before this returns. Rejects with what is wrong with it. */
  async sendOne(send: TaskSend, publishing?: Publishing): Promise<void> {
    const { environment, tasks, publisher } = this.#parts
    const definition = tasks.find(send.task)?.definition
    await publisher.publish(compose(environment(), withFamily(send, this.#settings()), { definition, publishing }))
    remember(send)
  }

  /** In the store; where that cannot count but can be read by others, by a task that looks at the header. */
  async openChord(chord: ChordOpening): Promise<void> {
    await this.#parts.load()
    const { groupId, size, body } = chord
    if (this.#settings().taskAlwaysEager) return this.#parts.eager().openChord(groupId, size, body)
    const backend = await this.#parts.gateway().backend()
    const { joins, shared } = backend.capabilities
    if (joins || !shared) return await backend.openChord(groupId, size, body)
    const { tasks } = this.#parts
    const { send, publishing } = unlockTask(chord, { tasks, settings: this.#settings(), newId: () => this.newId() })
    await this.sendOne(send, publishing)
  }

  async growChord(groupId: string, by: number): Promise<void> {
    const backend = await this.#parts.gateway().backend()
    const { joins, shared } = backend.capabilities
    if (!joins && shared)
      throw new JoinsUnsupportedError(`chord ${groupId} cannot grow: ${backend.url} does not count the parts of chords`)
    await backend.growChord(groupId, by)
  }

  async saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    await (await this.#parts.gateway().backend()).saveGroup(groupId, group)
  }

  handle(tuple: ResultTuple): Handle<unknown> {
    return this.#parts.results.handle(tuple)
  }

  /** For `signature.apply()`. */
  async runLocally(send: TaskSend): Promise<unknown> {
    await this.#parts.load()
    return await (await this.#parts.eager().runSend(send)).get()
  }

  #settings(): ComposeEnvironment['settings'] {
    return this.#parts.environment().settings
  }
}

function nothing(): undefined {
  return undefined
}
