import { randomUUID } from 'node:crypto'
import { checkArguments, type TaskSend } from '@umbel/canvas'
import { AlwaysEagerIgnored, type Args } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import { AsyncResult } from '../results/async-result.js'
import type { AppServices } from '../services.js'
import { checkCall } from '../task/arguments.js'
import type { TaskDefinition } from '../task/definition.js'
import { checkSchema, withoutTrailing } from '../task/validate.js'
import { type CallOptions, type ReadCall, readCallOptions } from './call-options.js'
import { onCommit } from './on-commit.js'
import { PendingResult } from './pending.js'

/** A call that is about to be sent. */
interface Call {
  readonly send: TaskSend
  readonly read: ReadCall
}

/** `applyAsync` and `sendTask`: from arguments and options to a handle. */
export class Sender {
  readonly #services: AppServices

  constructor(services: AppServices) {
    this.#services = services
  }

  /** A task that is known here: its arguments are checked, and in eager mode it runs here. (Task.apply_async) */
  call<R>(definition: TaskDefinition, args: Args, options?: CallOptions): PendingResult<R> {
    const given = Array.isArray(args) ? withoutTrailing(definition, args) : args
    return this.#begin<R>(definition.name, { args: given, options }, call => this.#apply<R>(definition, call))
  }

  /** The same once the transaction around it has committed; what is wrong with the call is thrown now. (delay_on_commit) */
  callOnCommit<R>(definition: TaskDefinition, args: Args, options: CallOptions = {}): AsyncResult<R> {
    const read = readCall(definition.name, args, options)
    if (read instanceof Error) throw read
    checkCall(definition, args, read.kwargs)
    const taskId = read.taskId ?? randomUUID()
    onCommit(() => this.call(definition, args, { ...options, taskId }))
    return new AsyncResult<R>(taskId, this.#services.results, { ignored: read.options.ignore_result === true })
  }

  /** A task that need not be known here. (app.send_task) */
  byName<R>(name: string, args: Args, options?: CallOptions): PendingResult<R> {
    return this.#begin<R>(name, { args, options }, call => {
      if (this.#services.settings().taskAlwaysEager) warnOfEager(name)
      return this.#publish<R>(call)
    })
  }

  /**
   * What is wrong with the call itself rejects at once. Arguments are written at once where settings can be read at
   * once: what happens to them later does not count.
   */
  #begin<R>(
    task: string,
    { args, options }: { args: Args; options: CallOptions | undefined },
    go: (call: Call) => Promise<AsyncResult<R>>
  ): PendingResult<R> {
    const read = readCall(task, args, options)
    if (read instanceof Error) return new PendingResult<R>(randomUUID(), Promise.reject(read))
    const id = read.taskId ?? randomUUID()
    const start = (): Promise<AsyncResult<R>> =>
      go({ send: { task, args, kwargs: read.kwargs, options: { ...read.options, task_id: id } }, read })
    const { publisher } = this.#services
    const sent = this.#services.loaded ? attempt(start) : publisher.track(this.#services.load().then(start))
    return new PendingResult<R>(id, sent)
  }

  #apply<R>(definition: TaskDefinition, call: Call): Promise<AsyncResult<R>> {
    const { send } = call
    checkCall(definition, send.args, send.kwargs)
    const checking = checkSchema(definition, send.args, send.kwargs)
    if (checking === undefined) return this.#go<R>(call)
    return this.#services.publisher.track(checking.then(() => this.#go<R>(call)))
  }

  #go<R>(call: Call): Promise<AsyncResult<R>> {
    if (!this.#services.settings().taskAlwaysEager) return this.#publish<R>(call)
    return this.#services.eager.runInstead(call.send) as Promise<AsyncResult<R>>
  }

  async #publish<R>({ send, read }: Call): Promise<AsyncResult<R>> {
    const { dispatcher, results } = this.#services
    await dispatcher.sendOne(send, read.publishing)
    return new AsyncResult<R>(send.options.task_id, results, { ignored: send.options.ignore_result === true })
  }
}

function readCall(task: string, args: Args, options: CallOptions | undefined): ReadCall | Error {
  try {
    const of = `call of ${task}`
    checkArguments(args, of)
    return readCallOptions(options, of)
  } catch (thrown) {
    return toError(thrown)
  }
}

/** What is thrown at once is the sending's failure too. */
async function attempt<T>(start: () => Promise<T>): Promise<T> {
  return await start()
}

function warnOfEager(name: string): void {
  process.emitWarning(new AlwaysEagerIgnored(`taskAlwaysEager has no effect on sendTask: ${name} goes to the broker`))
}
