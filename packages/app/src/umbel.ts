import { chain, chord, group, signature } from '@umbel/canvas'
import type { Dispatcher, Handle, Signature, SignatureCall } from '@umbel/canvas'
import type { Control } from '@umbel/control'
import { type Args, type ResultTuple, shown, type SignatureData } from '@umbel/protocol'
import { systemClock } from '@umbel/runtime'
import type { Connection } from '@umbel/transport'
import { DateTime } from 'luxon'
import { boundTo } from './bound-canvas.js'
import { builtInTasks } from './built-in/index.js'
import { type Client, createClient, createStub } from './client.js'
import { ArgumentsError } from './errors.js'
import { currentTask } from './execution/current.js'
import type { Gateway } from './gateway/gateway.js'
import { given } from './given.js'
import { Hook } from './hook.js'
import { Identity } from './identity.js'
import { type DiscoveryOptions, type Importer, Modules } from './modules.js'
import type { UmbelOptions } from './options.js'
import type { CallOptions } from './publishing/call-options.js'
import type { PendingResult } from './publishing/pending.js'
import type { Producer } from './publishing/publisher.js'
import { AbortableAsyncResult } from './results/abortable-result.js'
import { AsyncResult } from './results/async-result.js'
import type { EagerResult } from './results/eager-result.js'
import type { GroupResult } from './results/group-result.js'
import { ResultSet } from './results/result-set.js'
import type { Routing } from './routing/index.js'
import { AppServices, zoneOf } from './services.js'
import { Configuration } from './settings/configuration.js'
import type { BoundTask } from './task/bound.js'
import { defineObject, type TaskObject } from './task/class-task.js'
import { createTask } from './task/create.js'
import { defineTask, type TaskDefinition } from './task/definition.js'
import { Finalizer } from './task/finalizer.js'
import type { TaskMaker } from './task/maker.js'
import type { TaskBase } from './task/options.js'
import { generateName, readTaskArguments } from './task/reading.js'
import { TaskRegistry } from './task/registry.js'
import type { AnyTask, EagerOptions, Task } from './task/task.js'

/** The application: tasks, settings, and the way to broker and results. (celery.Celery) */
export class Umbel extends Identity {
  readonly conf: Configuration
  readonly tasks = new TaskRegistry(() => this.#finalizer.beforeReading())
  /** For workers, beat and tools. */
  readonly services: AppServices
  /** Runs before the configuration is read. */
  readonly onConfigure = new Hook<this>()
  /** Runs when the configuration was read; may edit it. */
  readonly onAfterConfigure = new Hook<this>()
  /** Runs when all tasks are there. */
  readonly onAfterFinalize = new Hook<this>()
  /** Runs in each executor of a worker. */
  readonly onAfterFork = new Hook<this>()
  readonly #modules: Modules
  readonly #finalizer: Finalizer
  readonly #taskClass: TaskBase | undefined

  /** Opens nothing and reads nothing: that happens at first use. */
  constructor(main: string, options: UmbelOptions = {}) {
    super(main)
    const { broker, backend, transports = [], backends = [], namespace, configSource, importer, ...more } = options
    const { serializers = [], compressions = [], setAsCurrent = true, ...others } = more
    const { autofinalize = true, taskCls, clock = systemClock, random = Math.random, ...settings } = others
    this.conf = new Configuration({
      inline: settings,
      parameters: { ...given('brokerUrl', broker), ...given('resultBackend', backend) },
      ...given('namespace', namespace),
      ...given('configSource', configSource),
      ...given('importer', importer),
      onConfigure: () => this.onConfigure.emit(this),
      onAfterConfigure: () => this.onAfterConfigure.emit(this)
    })
    const { conf, tasks } = this
    const codecs = { serializers, compressions }
    this.services = new AppServices({ name: main, conf, tasks, transports, backends, codecs, clock, random })
    this.#modules = new Modules(() => this.services.settings(), importer)
    this.#finalizer = new Finalizer({
      name: main,
      automatic: autofinalize,
      tasks: () => this.tasks,
      builtIn: () => builtInTasks(this),
      register: definition => this.#register(definition),
      done: () => this.onAfterFinalize.emit(this)
    })
    this.#taskClass = taskCls
    if (setAsCurrent) this.setCurrent()
  }

  /**
   * Registers a function as a task. Without a name it is `<app>.<function>`.
   * @throws AlreadyRegistered, TaskDefinitionError
   */
  readonly task = ((...forms: readonly unknown[]): unknown => {
    const { name, options, body } = readTaskArguments(forms)
    const base = options.base ?? this.#taskClass
    return this.#register(defineTask(name ?? this.genTaskName(body.name), { ...options, ...given('base', base) }, body))
  }) as TaskMaker

  /**
   * Registers an object with a method `run`, or an instance of such a class, as a task. Without a `name` it is
   * `<app>.<class>`. (register_task)
   * @throws AlreadyRegistered, TaskDefinitionError
   */
  registerTask<F extends (...args: never[]) => unknown>(
    task: TaskObject<F> | (new () => TaskObject<F>)
  ): Task<Parameters<F>, ReturnType<F>> {
    const definition = defineObject(typeof task === 'function' ? new task() : task, name => this.genTaskName(name))
    return this.#register(definition) as unknown as Task<Parameters<F>, ReturnType<F>>
  }

  /** The name of a task that was given none, from its function's or class's. To be overridden. */
  genTaskName(name: string): string {
    return generateName(this.main, name)
  }

  /** Sends a task by its name, which need not be known here. */
  sendTask<R = unknown>(name: string, args: Args = [], options?: CallOptions): PendingResult<R> {
    return this.services.sender.byName<R>(name, args, options)
  }

  /** Runs a registered task here. (Task.apply) */
  async apply<R>(name: string, args: Args, options: EagerOptions = {}): Promise<EagerResult<R>> {
    await this.services.load()
    return (await this.services.eager.run(this.tasks.get(name).definition, args, options)) as EagerResult<R>
  }

  /** A signature of a task that need not be known here, or of a signature's JSON. */
  signature<Missing extends readonly unknown[] = [], R = unknown>(
    task: string | SignatureData,
    args: Args = [],
    options: SignatureCall = {}
  ): Signature<Missing, R> {
    return signature<Missing, R>(task, args, options).bind(this.services.dispatcher)
  }

  /** As the functions of these names; what they make belongs to this application. */
  readonly chain = boundTo(this, chain)
  readonly group = boundTo(this, group)
  readonly chord = boundTo(this, chord)

  /** The way to a result, by its id alone. @throws ArgumentsError for what is no id */
  asyncResult<R = unknown>(id: string): AsyncResult<R> {
    if (typeof id !== 'string' || id === '')
      throw new ArgumentsError(`asyncResult: expected the id of a task, got ${shown(id)}`)
    return new AsyncResult<R>(id, this.services.results)
  }

  /** As `asyncResult`, of a task that looks at `task.isAborted()`. */
  abortableResult<R = unknown>(id: string): AbortableAsyncResult<R> {
    return new AbortableAsyncResult<R>(id, this.services.results)
  }

  /** Several results together. */
  resultSet<R = unknown>(results: readonly Handle<R>[] = []): ResultSet<R> {
    return new ResultSet<R>(results, this.services.results)
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
    return createClient<Module, Prefix>(prefix ?? ('' as Prefix), name => createStub(this, name))
  }

  /** Canvas's way to send: `signature.bind(app)`. */
  get dispatcher(): Dispatcher {
    return this.services.dispatcher
  }

  /** The task being executed by this very flow of calls. */
  get currentTask(): BoundTask | undefined {
    return currentTask()
  }

  /** Tells workers what to do, and asks them how they are. */
  get control(): Control {
    return this.services.control
  }

  /** Queues and routes. */
  get amqp(): Routing {
    return this.services.routing
  }

  /** Consume from these queues only. (Queues.select) */
  selectQueues(names: string | readonly string[]): void {
    this.amqp.selectQueues(names)
  }

  /** Reads settings from an object, or from a module: `name`, `name:attribute`. (config_from_object) */
  configFromObject(...[source, options]: Parameters<Configuration['configFromObject']>): void {
    this.conf.configFromObject(source, options)
  }

  /** Looks for task modules when modules are loaded, or now with `force`; what does not exist is no error. */
  async autodiscoverTasks(
    folders?: readonly string[] | (() => readonly string[]),
    { relatedName = 'tasks', force = false }: DiscoveryOptions = {}
  ): Promise<void> {
    this.#modules.discover(folders, relatedName)
    if (force) await this.loadModules()
  }

  /** Reads the configuration and imports the task modules that it names. Idempotent. */
  async loadModules(importer?: Importer, more: readonly string[] = []): Promise<void> {
    await this.services.load()
    await this.#modules.load(importer, more)
    this.finalize()
  }

  get finalized(): boolean {
    return this.#finalizer.finalized
  }

  /** Adds Celery's own tasks and the shared ones, once; by itself before the first task is looked up. */
  finalize(): void {
    this.#finalizer.finalize()
  }

  /** The time, in the application's time zone. */
  now(): DateTime {
    return DateTime.fromMillis(this.services.clock.now(), { zone: this.timezone })
  }

  /** IANA name; `local` is the machine's own. */
  get timezone(): string {
    return zoneOf(this.services.settings())
  }

  usesUtcTimezone(): boolean {
    return this.timezone === 'UTC'
  }

  /** A broker connection of the caller's own, to be closed by the caller. */
  async connectionForRead(): Promise<Connection> {
    await this.services.load()
    return await this.services.connectBroker()
  }

  /** As `connectionForRead`, to the broker that messages are sent to. */
  async connectionForWrite(): Promise<Connection> {
    await this.services.load()
    return await this.services.connectForWrite()
  }

  /** The given connection, or the one that everything is sent on. */
  async connectionOrAcquire(connection?: Connection): Promise<Connection> {
    return connection ?? (await this.services.sharedConnection())
  }

  /** The given producer, or the one that everything is sent by. */
  producerOrAcquire(producer?: Producer): Producer {
    return producer ?? this.services.publisher
  }

  /** Sends everything through another gateway from now on: what an executor does. */
  attach(gateway: Gateway): void {
    this.services.attach(gateway)
    this.onAfterFork.emit(this)
  }

  /** Sends what waits and closes the connections. A script that just ends need not call it. */
  async close(): Promise<void> {
    await this.services.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #register(definition: TaskDefinition): AnyTask {
    const task = createTask(this, definition)
    this.tasks.register(task)
    definition.settings.onBound?.(this)
    return task
  }
}
