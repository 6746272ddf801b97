import { randomUUID } from 'node:crypto'
import { createResultMeta } from '@umbel/backend'
import {
  callbacks,
  checkArguments,
  checkOptions,
  errbacks,
  fromJSON,
  nextInChain,
  type OptionRule,
  type Plan,
  type TaskSend,
  toWireOptions
} from '@umbel/canvas'
import {
  type Args,
  decodeJson,
  encodeJson,
  errorToData,
  Ignore,
  isMapping,
  parseTask,
  PROPAGATE_STATES,
  type ResultMeta,
  type ResultTuple,
  type SignatureData,
  type TaskState,
  tracebackOf
} from '@umbel/protocol'
import { silentLogger, toError } from '@umbel/runtime'
import { compose } from '../publishing/compose.js'
import { remember, withFamily } from '../publishing/family.js'
import { type EagerOutcome, EagerResult } from '../results/eager-result.js'
import type { AppServices } from '../services.js'
import type { TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import type { TaskRegistry } from '../task/registry.js'
import type { EagerOptions } from '../task/task.js'
import { hooksAfter } from './after.js'
import { createBoundTask } from './bound-task.js'
import { EagerChords } from './eager-chords.js'
import { execute, type Execution } from './execute.js'
import type { TaskOutcome } from './outcome.js'
import { createRequest } from './request.js'

const RULES: ReadonlyMap<string, OptionRule> = new Map<string, OptionRule>([
  ['kwargs', { expected: 'an object of names and values', fits: isMapping }],
  ['throw', { expected: 'true or false', fits: value => typeof value === 'boolean' }]
])
const NAMES: ReadonlySet<string> = new Set([...RULES.keys(), 'taskId', 'retries', 'link', 'linkError', 'headers'])
const NOWHERE = { queue: '', exchange: '', routingKey: '', redelivered: false, priority: null }

/**
 * Runs tasks in the caller's process, through everything but broker and pool: arguments go through the serializer,
 * retries run at once, links, chains and chords follow. (Task.apply, task_always_eager)
 */
export class EagerRunner {
  readonly #services: AppServices
  readonly #tasks: TaskRegistry
  readonly #chords: EagerChords

  constructor(services: AppServices, tasks: TaskRegistry) {
    this.#services = services
    this.#tasks = tasks
    this.#chords = new EagerChords({
      run: plan => this.#runPlan(plan),
      keep: meta => services.results.keepLocal(meta),
      now: () => services.clock.now()
    })
  }

  /** @throws what the task throws where `throw` (or task_eager_propagates) says so */
  async run(definition: TaskDefinition, args: Args, options: EagerOptions = {}): Promise<EagerResult> {
    checkArguments(args, `apply of ${definition.name}`)
    checkOptions(options, { of: `apply of ${definition.name}`, rules: RULES, only: NAMES })
    const { kwargs = {}, taskId = randomUUID(), throw: rethrow, ...rest } = options
    const send = { task: definition.name, args, kwargs, options: { ...toWireOptions(rest), task_id: taskId } }
    const result = await this.runSend(send)
    if (rethrow ?? this.#services.settings().taskEagerPropagates) await result.get()
    return result
  }

  /** What `delay` does in eager mode. */
  async runInstead(send: TaskSend): Promise<EagerResult> {
    const settings = this.#services.settings()
    const running = this.runSend(withFamily(send, settings))
    remember(send)
    const result = await running
    if (settings.taskEagerPropagates) await result.get()
    return result
  }

  /** What sending a canvas does in eager mode: one task after the other. */
  async runAll(batch: readonly TaskSend[]): Promise<readonly (Error | undefined)[]> {
    const answers: (Error | undefined)[] = []
    for (const send of batch) answers.push(await this.runInstead(send).then(() => undefined, toError))
    return answers
  }

  openChord(groupId: string, size: number, body: SignatureData): void {
    this.#chords.open(groupId, size, body)
  }

  async runSend(send: TaskSend): Promise<EagerResult> {
    const definition = this.#tasks.get(send.task).definition
    const request = this.#requestOf(send, definition)
    const children = request.children as ResultTuple[]
    const execution = this.#executionOf(definition, request, { send, children })
    const outcome = await execute(execution)
    const hooks = hooksAfter(execution, outcome)
    if (outcome.kind === 'retry') {
      await hooks?.()
      return await this.#again(send, request, outcome.plan)
    }
    const told = await this.#outcomeOf(outcome)
    await this.#record(definition, request, { told, children })
    await this.#follow(request, told)
    await hooks?.()
    return new EagerResult(request.id, told, this.#services.results)
  }

  /** The message is composed and read again, so that eager code meets the same types as real code. */
  #requestOf(send: TaskSend, definition: TaskDefinition): TaskRequest {
    const { outgoing } = compose(this.#services.composeEnvironment(), send, { definition })
    const parsed = parseTask(outgoing.message, this.#services.codecs())
    const { properties } = outgoing.message
    return createRequest(parsed, parsed.decodeBody(), { hostname: '', delivery: NOWHERE, isEager: true, properties })
  }

  #executionOf(
    definition: TaskDefinition,
    request: TaskRequest,
    { send, children }: { send: TaskSend; children: ResultTuple[] }
  ): Execution {
    const { clock, random } = this.#services
    const shared = { definition, request, logger: silentLogger, clock, random }
    const bound = createBoundTask({
      ...shared,
      signal: new AbortController().signal,
      backend: () => this.#services.gateway().backend(),
      resend: (current, plan) => this.#again(send, current, plan),
      addToChord: (current, signature) => this.#services.addToChord(current, signature)
    })
    return { ...shared, bound, children }
  }

  async #again(
    send: TaskSend,
    request: TaskRequest,
    plan: Extract<TaskOutcome, { kind: 'retry' }>['plan']
  ): Promise<EagerResult> {
    const { eta: _eta, countdown: _countdown, ...kept } = send.options
    return await this.runSend({
      ...send,
      args: plan.args,
      kwargs: plan.kwargs,
      options: { ...kept, task_id: request.id, retries: request.retries + 1 }
    })
  }

  async #outcomeOf(outcome: TaskOutcome): Promise<EagerOutcome> {
    switch (outcome.kind) {
      case 'success':
        return { state: 'SUCCESS', value: outcome.value, traceback: undefined }
      case 'failure':
        return failed(outcome.error)
      case 'replaced':
        return await this.#replaced(outcome.by)
      case 'reject':
        return { state: 'REJECTED', value: null, traceback: undefined }
      default:
        return { state: 'IGNORED', value: null, traceback: undefined }
    }
  }

  /** What runs in the task's place gives its value; what was to follow the task still does. */
  async #replaced(by: Extract<TaskOutcome, { kind: 'replaced' }>['by']): Promise<EagerOutcome> {
    const { dispatcher } = this.#services
    try {
      return { state: 'SUCCESS', value: await fromJSON(by.data, { dispatcher }).call(), traceback: undefined }
    } catch (thrown) {
      return failed(toError(thrown))
    }
  }

  /** Handles that were made before the task ran find its result here; a store gets it where that is asked for. */
  async #record(
    { name, settings: task }: TaskDefinition,
    request: TaskRequest,
    { told, children }: { told: EagerOutcome; children: readonly ResultTuple[] }
  ): Promise<void> {
    const meta = metaOf(request, told, { now: this.#services.clock.now(), children, task: name })
    this.#services.results.keepLocal(meta)
    const { taskStoreEagerResult, taskIgnoreResult } = this.#services.settings()
    const ignored = request.ignoreResult ?? task.ignoreResult ?? taskIgnoreResult
    if (ignored || !(task.storeEagerResult ?? taskStoreEagerResult)) return
    const [error] = await (await this.#services.gateway().backend()).store([meta])
    if (error !== undefined) throw error
  }

  async #follow(request: TaskRequest, { state, value }: EagerOutcome): Promise<void> {
    const context = { rootId: request.rootId, parentId: request.id, newId: () => randomUUID() }
    if (state === 'SUCCESS') {
      const passed = decodeJson(encodeJson(value ?? null))
      await this.#runPlan(callbacks(request.callbacks ?? [], passed, context))
      await this.#runPlan(nextInChain(request.chain ?? [], passed, context))
    } else {
      if (state === 'FAILURE') await this.#runPlan(errbacks(request.errbacks ?? [], request.id, context))
      const error = state === 'FAILURE' ? toError(value) : new Ignore(`task ${request.id} was not done: ${state}`)
      await this.#chords.neverRan((request.chain ?? []).toReversed(), error, request.rootId)
    }
    if (request.chord !== null) await this.#chords.part(request, { state, value: value ?? `${state}` })
  }

  async #runPlan(plan: Plan): Promise<void> {
    for (const { groupId, size, body } of plan.chords) this.#chords.open(groupId, size, body)
    for (const send of plan.sends) await this.runSend(send)
  }
}

function failed(error: Error): EagerOutcome {
  return { state: 'FAILURE', value: error, traceback: tracebackOf(error) }
}

function metaOf(
  { id, group, parentId }: TaskRequest,
  { state, value, traceback }: EagerOutcome,
  { now, children, task }: { now: number; children: readonly ResultTuple[]; task: string }
): ResultMeta {
  const result = isFailure(state) ? errorToData(value as Error) : (value ?? null)
  return createResultMeta(
    state,
    { result, traceback: traceback ?? null },
    { taskId: id, now, children, groupId: group, parentId, task }
  )
}

function isFailure(state: TaskState): boolean {
  return PROPAGATE_STATES.has(state)
}
