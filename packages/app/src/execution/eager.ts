import { randomUUID } from 'node:crypto'
import { callbacks, errbacks, nextInChain, type Plan, type TaskSend, toWireOptions } from '@umbel/canvas'
import { type Args, decodeJson, encodeJson, parseTask, type TaskState, tracebackOf } from '@umbel/protocol'
import { silentLogger } from '@umbel/runtime'
import { compose } from '../publishing/compose.js'
import { EagerResult } from '../results/eager-result.js'
import type { AppServices } from '../services.js'
import type { TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import type { TaskRegistry } from '../task/registry.js'
import type { EagerOptions } from '../task/task.js'
import { createBoundTask } from './bound-task.js'
import { execute } from './execute.js'
import type { TaskOutcome } from './outcome.js'
import { createRequest } from './request.js'

const NOWHERE = { queue: '', exchange: '', routingKey: '', redelivered: false, priority: null }

/**
 * Runs tasks in the caller's process, through everything but broker and pool: arguments go through the serializer,
 * retries run at once, links and chains follow. (Task.apply, task_always_eager)
 */
export class EagerRunner {
  readonly #services: AppServices
  readonly #tasks: TaskRegistry

  constructor(services: AppServices, tasks: TaskRegistry) {
    this.#services = services
    this.#tasks = tasks
  }

  /** @throws what the task throws where `throw` (or task_eager_propagates) says so */
  async run(definition: TaskDefinition, args: Args, options: EagerOptions = {}): Promise<EagerResult> {
    const { kwargs = {}, taskId = randomUUID(), throw: rethrow, ...rest } = options
    const send = { task: definition.name, args, kwargs, options: { ...toWireOptions(rest), task_id: taskId } }
    const result = await this.#runSend(send)
    if (rethrow ?? this.#services.settings().taskEagerPropagates) await result.get()
    return result
  }

  /** What `delay` does in eager mode. */
  async runInstead(send: TaskSend): Promise<EagerResult> {
    const result = await this.#runSend(send)
    if (this.#services.settings().taskEagerPropagates) await result.get()
    return result
  }

  async #runSend(send: TaskSend): Promise<EagerResult> {
    const definition = this.#tasks.get(send.task).definition
    const request = this.#requestOf(send, definition)
    const outcome = await this.#attempt(definition, request)
    if (outcome.kind === 'retry') return await this.#again(send, request, outcome.plan)
    await this.#follow(request, outcome)
    return new EagerResult(request.id, eagerOutcome(outcome), this.#services.results)
  }

  /** The message is composed and read again, so that eager code meets the same types as real code. */
  #requestOf(send: TaskSend, definition: TaskDefinition): TaskRequest {
    const { outgoing } = compose(this.#services.composeEnvironment(), send, definition)
    const parsed = parseTask(outgoing.message, this.#services.codecs())
    return createRequest(parsed, parsed.decodeBody(), { hostname: '', delivery: NOWHERE, isEager: true })
  }

  async #attempt(definition: TaskDefinition, request: TaskRequest): Promise<TaskOutcome> {
    const { clock, random } = this.#services
    const shared = { definition, request, logger: silentLogger, clock, random }
    const bound = createBoundTask({
      ...shared,
      signal: new AbortController().signal,
      backend: () => this.#services.gateway().backend(),
      addToChord: (current, signature) => this.#services.addToChord(current, signature)
    })
    return await execute({ ...shared, bound, children: [] })
  }

  async #again(
    send: TaskSend,
    request: TaskRequest,
    plan: Extract<TaskOutcome, { kind: 'retry' }>['plan']
  ): Promise<EagerResult> {
    const { eta: _eta, countdown: _countdown, ...kept } = send.options
    return await this.#runSend({
      ...send,
      args: plan.args,
      kwargs: plan.kwargs,
      options: { ...kept, task_id: request.id, retries: request.retries + 1 }
    })
  }

  async #follow(request: TaskRequest, outcome: TaskOutcome): Promise<void> {
    const context = { rootId: request.rootId, parentId: request.id, newId: () => randomUUID() }
    if (outcome.kind === 'success') {
      const value = decodeJson(encodeJson(outcome.value ?? null))
      await this.#runPlan(callbacks(request.callbacks ?? [], value, context))
      await this.#runPlan(nextInChain(request.chain ?? [], value, context))
    } else if (outcome.kind === 'failure') {
      await this.#runPlan(errbacks(request.errbacks ?? [], request.id, context))
    }
  }

  async #runPlan(plan: Plan): Promise<void> {
    for (const send of plan.sends) await this.#runSend(send)
  }
}

function eagerOutcome(outcome: TaskOutcome): { state: TaskState; value: unknown; traceback: string | undefined } {
  switch (outcome.kind) {
    case 'success':
      return { state: 'SUCCESS', value: outcome.value, traceback: undefined }
    case 'failure':
      return { state: 'FAILURE', value: outcome.error, traceback: tracebackOf(outcome.error) }
    case 'reject':
      return { state: 'REJECTED', value: null, traceback: undefined }
    default:
      return { state: 'IGNORED', value: null, traceback: undefined }
  }
}
