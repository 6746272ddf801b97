import { randomUUID } from 'node:crypto'
import type { Dispatcher, Handle, TaskSend } from '@umbel/canvas'
import type { ResultTuple, SignatureData } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import { currentExecution } from '../execution/current.js'
import type { Gateway } from '../gateway/gateway.js'
import type { ResultAccess } from '../results/access.js'
import type { TaskRegistry } from '../task/registry.js'
import { compose, type ComposeEnvironment } from './compose.js'
import type { Publisher } from './publisher.js'

export interface DispatcherParts {
  readonly environment: () => ComposeEnvironment
  readonly tasks: TaskRegistry
  readonly publisher: Publisher
  readonly gateway: () => Gateway
  readonly results: ResultAccess
}

/** The application's side of canvas's port: composes, routes and sends. */
export class AppDispatcher implements Dispatcher {
  readonly #parts: DispatcherParts

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  newId(): string {
    return randomUUID()
  }

  /** A task that cannot be composed (an argument that cannot be written, an unknown queue) fails alone. */
  async send(batch: readonly TaskSend[]): Promise<readonly (Error | undefined)[]> {
    const environment = this.#parts.environment()
    return await Promise.all(batch.map(send => this.#sendOne(environment, withFamily(send))))
  }

  async openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    await (await this.#parts.gateway().backend()).openChord(groupId, size, body)
  }

  async growChord(groupId: string, by: number): Promise<void> {
    await (await this.#parts.gateway().backend()).growChord(groupId, by)
  }

  async saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    await (await this.#parts.gateway().backend()).saveGroup(groupId, group)
  }

  handle(tuple: ResultTuple): Handle<unknown> {
    return this.#parts.results.handle(tuple)
  }

  async #sendOne(environment: ComposeEnvironment, send: TaskSend): Promise<Error | undefined> {
    try {
      const dispatch = compose(environment, send, this.#parts.tasks.find(send.task)?.definition)
      await this.#parts.publisher.publish(dispatch)
      remember(send)
      return undefined
    } catch (thrown) {
      return toError(thrown)
    }
  }
}

/** Inside a task, what it sends is its child: same root, this task as parent. (wire-protocol 1.9) */
function withFamily(send: TaskSend): TaskSend {
  const request = currentExecution()?.task.request
  if (request === undefined) return send
  return { ...send, options: { root_id: request.rootId, parent_id: request.id, ...send.options } }
}

function remember({ options }: TaskSend): void {
  currentExecution()?.children.push([[options.task_id, null], null])
}
