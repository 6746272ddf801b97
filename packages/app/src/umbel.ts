import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import type { BackendFactory } from '@umbel/backend'
import { type Dispatcher, type Signature, signature, type TaskSend, toWireOptions } from '@umbel/canvas'
import type { Args, ResultTuple, SignatureData } from '@umbel/protocol'
import { type Clock, systemClock } from '@umbel/runtime'
import type { Transport } from '@umbel/transport'
import { APP_BRAND } from './brand.js'
import { builtInTasks } from './built-in.js'
import { type Client, createClient, type RemoteTask } from './client.js'
import { AppClosedError } from './errors.js'
import { currentTask } from './execution/current.js'
import { EagerRunner } from './execution/eager.js'
import type { Gateway } from './gateway/gateway.js'
import { Modules, type Importer } from './modules.js'
import { PendingResult } from './publishing/pending.js'
import { AsyncResult } from './results/async-result.js'
import type { EagerResult } from './results/eager-result.js'
import type { GroupResult } from './results/group-result.js'
import { AppServices } from './services.js'
import { Configuration } from './settings/configuration.js'
import type { Settings, SettingsInput } from './settings/index.js'
import { checkCall } from './task/arguments.js'
import type { BoundTask } from './task/bound.js'
import { createTask } from './task/create.js'
import { defineTask, readTaskArguments } from './task/definition.js'
import type { TaskOptions } from './task/options.js'
import { TaskRegistry } from './task/registry.js'
import type { ApplyOptions, EagerOptions, Task } from './task/task.js'

export interface UmbelOptions extends SettingsInput {
  /** The broker's URL; the same as `brokerUrl`. @default an SQLite file of the project */
  readonly broker?: string | readonly string[] | undefined
  /** The result store's URL; the same as `resultBackend`. @default the SQLite file where no broker is given either, else none */
  readonly backend?: string | undefined
  /** Broker drivers. */
  readonly transports?: readonly Transport[]
  /** Result store drivers. */
  readonly backends?: readonly BackendFactory[]
  /** Only settings with this prefix are read from the configuration: `CELERY` reads CELERY_BROKER_URL. */
  readonly namespace?: string
  /** An object with settings, or the name of a module. */
  readonly configSource?: object | string
  /** How modules are imported: configuration, task modules. @default Node's own loader */
  readonly importer?: Importer
  readonly clock?: Clock
  /** A number in [0, 1). */
  readonly random?: () => number
}

type AnyBody = (...args: never[]) => unknown
type BoundBody = (task: BoundTask, ...args: never[]) => unknown
type Rest<Params extends readonly unknown[]> = Params extends readonly [unknown, ...infer Others] ? Others : []

/** The application: tasks, settings, and the way to broker and results. (celery.Celery) */
export class Umbel {
  readonly main: string
  readonly conf: Configuration
  readonly tasks = new TaskRegistry()
  /** For workers, beat and tools. */
  readonly services: AppServices
  readonly [APP_BRAND] = true
  readonly #modules: Modules
  readonly #eager: EagerRunner
  #closed = false
  #loaded = false

  /** Opens nothing and reads nothing: that happens at first use. */
  constructor(main: string, options: UmbelOptions = {}) {
    const {
      broker,
      backend,
      transports = [],
      backends = [],
      namespace,
      configSource,
      importer,
      clock = systemClock,
      random = Math.random,
      ...settings
    } = options
    this.main = main
    this.conf = new Configuration({
      inline: { ...settings, ...given('brokerUrl', broker), ...given('resultBackend', backend) },
      ...given('namespace', namespace),
      ...given('configSource', configSource),
      ...given('importer', importer)
    })
    this.services = new AppServices({ conf: this.conf, tasks: this.tasks, transports, backends, clock, random })
    this.#modules = new Modules(() => this.services.settings(), importer)
    this.#eager = new EagerRunner(this.services, this.tasks)
    for (const definition of builtInTasks(this.tasks)) this.tasks.register(createTask(this, definition))
  }

  /**
   * Registers a function as a task. Without a name it is `<app>.<function>`.
   * @throws AlreadyRegistered, TaskDefinitionError
   */
  task<F extends AnyBody>(body: F): Task<Parameters<F>, ReturnType<F>>
  task<const Name extends string, F extends AnyBody>(name: Name, body: F): Task<Parameters<F>, ReturnType<F>, Name>
  task<const Name extends string, F extends BoundBody>(
    name: Name,
    options: TaskOptions & { readonly bind: true },
    body: F
  ): Task<Rest<Parameters<F>>, ReturnType<F>, Name>
  task<const Name extends string, F extends AnyBody>(
    name: Name,
    options: TaskOptions & { readonly bind?: false },
    body: F
  ): Task<Parameters<F>, ReturnType<F>, Name>
  task(...given: readonly unknown[]): unknown {
    const { name, options, body } = readTaskArguments(this.main, given)
    const task = createTask(this, defineTask(name, options, body))
    this.tasks.register(task)
    return task
  }

  /** Sends a task by its name, which need not be known here. */
  sendTask<R = unknown>(name: string, args: Args = [], options: ApplyOptions = {}): PendingResult<R> {
    const { kwargs = {}, taskId = randomUUID(), ...rest } = options
    const wire = { ...toWireOptions(rest), task_id: taskId }
    return new PendingResult(taskId, this.#send<R>({ task: name, args, kwargs, options: wire }))
  }

  /** Runs a registered task here. (Task.apply) */
  async apply<R>(name: string, args: Args, options: EagerOptions = {}): Promise<EagerResult<R>> {
    return (await this.#eager.run(this.tasks.get(name).definition, args, options)) as EagerResult<R>
  }

  /** A signature of a task that need not be known here, or of a signature's JSON. */
  signature<Missing extends readonly unknown[] = [], R = unknown>(
    task: string | SignatureData,
    args: Args = [],
    options: ApplyOptions = {}
  ): Signature<Missing, R> {
    return signature<Missing, R>(task, args, options).bind(this.services.dispatcher)
  }

  /** The way to a result, by its id alone. */
  asyncResult<R = unknown>(id: string): AsyncResult<R> {
    return new AsyncResult<R>(id, this.services.results)
  }

  /** A group that was saved; undefined when none is. */
  async restoreGroup<R = unknown>(id: string): Promise<GroupResult<R> | undefined> {
    const tuple = await this.services.results.loadGroup(id)
    return tuple === undefined ? undefined : (this.resultFromTuple(tuple) as GroupResult<R>)
  }

  /** Handles from their JSON form. (celery.result.result_from_tuple) */
  resultFromTuple(tuple: ResultTuple): AsyncResult | GroupResult {
    return this.services.results.handle(tuple) as AsyncResult | GroupResult
  }

  /**
   * Typed stubs of the tasks that a module exports, without loading it: `app.client<typeof import('./tasks.js')>()`.
   * Keys are task names; with a prefix, what follows it.
   */
  client<Module, const Prefix extends string = ''>(prefix?: Prefix): Client<Module, Prefix> {
    return createClient<Module, Prefix>(prefix ?? ('' as Prefix), name => this.#remote(name))
  }

  /** Canvas's way to send: `signature.bind(app)`. */
  get dispatcher(): Dispatcher {
    return this.services.dispatcher
  }

  /** The task being executed by this very flow of calls. */
  get currentTask(): BoundTask | undefined {
    return currentTask()
  }

  /** Looks for task modules when the application is finalized; what does not exist is no error. */
  autodiscoverTasks(folders?: readonly string[] | (() => readonly string[]), relatedName = 'tasks'): void {
    this.#modules.discover(folders, relatedName)
  }

  /** Reads the configuration and imports the task modules that it names. Idempotent. */
  async loadModules(importer?: Importer, more: readonly string[] = []): Promise<void> {
    await this.conf.load()
    await this.#modules.load(importer, more)
  }

  /** Sends everything through another gateway from now on: what an executor does. */
  attach(gateway: Gateway): void {
    this.services.attach(gateway)
  }

  /** Sends what waits and closes the connections. A script that just ends need not call it. */
  async close(): Promise<void> {
    this.#closed = true
    await this.services.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  toString(): string {
    return `<Umbel ${this.main}>`
  }

  [inspect.custom](): string {
    return this.toString()
  }

  /** Settings, loaded first where the configuration is a module that loads asynchronously. */
  async #settings(): Promise<Settings> {
    return this.#loaded ? this.services.settings() : await this.#load()
  }

  async #load(): Promise<Settings> {
    const settings = await this.conf.load()
    this.#loaded = true
    return settings
  }

  async #send<R>(send: TaskSend): Promise<AsyncResult<R>> {
    if (this.#closed) throw new AppClosedError(`${this.main}: the application is closed, ${send.task} was not sent`)
    const settings = await this.#settings()
    const definition = this.tasks.find(send.task)?.definition
    if (definition !== undefined) checkCall(definition, send.args, send.kwargs)
    if (settings.taskAlwaysEager) return (await this.#eager.runInstead(send)) as EagerResult<R>
    const [error] = await this.services.dispatcher.send([send])
    if (error !== undefined) throw error
    return this.asyncResult<R>(send.options.task_id)
  }

  #remote(name: string): RemoteTask<readonly unknown[], unknown> {
    const make = (args: Args): Signature => this.signature(name, args)
    const stub = {
      name,
      delay: (...args: Args) => this.sendTask(name, args),
      applyAsync: (args: Args, options?: ApplyOptions) => this.sendTask(name, args, options),
      s: (...args: Args) => make(args),
      si: (...args: Args) => make(args).setImmutable()
    }
    return stub as unknown as RemoteTask<readonly unknown[], unknown>
  }
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V })
}
