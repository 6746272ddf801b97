import { randomUUID } from 'node:crypto'
import { argsrepr, type Args, type ResultTuple } from '@umbel/protocol'
import { silentLogger } from '@umbel/runtime'
import type { BoundTask, TaskRequest } from '../task/bound.js'
import type { TaskDefinition } from '../task/definition.js'
import type { Umbel } from '../umbel.js'
import { createBoundTask } from './bound-task.js'
import { currentExecution, runAsCurrent } from './current.js'

/**
 * `add(2, 2)`: the body, here and now, with a context of its own; the `retry` of its task throws what it was given.
 * Its caller's context is back when it returns. (push_request, pop_request)
 */
export function callDirectly(app: Umbel, definition: TaskDefinition, args: Args): unknown {
  const { bind } = definition.settings
  return withRequest(app, directRequest(definition.name, args), {
    definition,
    work: bound => definition.body(...(bind ? [bound] : []), ...args)
  })
}

/** Makes a request of these fields the current one for the time of the work. (push_request, pop_request) */
export function pushRequest<T>(app: Umbel, fields: Partial<TaskRequest>, { definition, work }: RequestWork<T>): T {
  const request = { ...directRequest(definition.name, fields.args ?? []), calledDirectly: false, ...fields }
  return withRequest(app, request, { definition, work })
}

export interface RequestWork<T> {
  readonly definition: TaskDefinition
  readonly work: (task: BoundTask) => T
}

function withRequest<T>(app: Umbel, request: TaskRequest, { definition, work }: RequestWork<T>): T {
  const { services } = app
  const caller = currentExecution()
  const children = caller?.children ?? (request.children as ResultTuple[])
  const bound = createBoundTask({
    definition,
    request,
    signal: new AbortController().signal,
    logger: silentLogger,
    clock: services.clock,
    random: services.random,
    backend: () => services.gateway().backend(),
    resend: (current, plan) => services.resend(definition, current, plan),
    addToChord: (current, signature) => services.addToChord(current, signature)
  })
  return runAsCurrent({ task: bound, children, caller }, () => work(bound))
}

function directRequest(task: string, args: Args): TaskRequest {
  const id = randomUUID()
  return {
    lang: 'js',
    task,
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    groupIndex: null,
    retries: 0,
    timelimit: [null, null],
    rootId: id,
    parentId: null,
    get argsrepr() {
      return argsrepr(args)
    },
    kwargsrepr: '{}',
    origin: '',
    ignoreResult: null,
    replacedTaskNesting: 0,
    stampedHeaders: null,
    stamps: {},
    callbacks: null,
    errbacks: null,
    chain: null,
    chord: null,
    args,
    kwargs: {},
    headers: {},
    correlationId: id,
    replyTo: '',
    hostname: '',
    deliveryInfo: { queue: '', exchange: '', routingKey: '', redelivered: false, priority: null },
    properties: {},
    children: currentExecution()?.children ?? [],
    loglevel: null,
    logfile: null,
    isEager: false,
    calledDirectly: true
  }
}
