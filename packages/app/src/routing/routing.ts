import type { Queues } from './queues.js'
import { Router, type RoutingSettings } from './router.js'

/** The router and queues of an application, `app.amqp`: made on first use, and anew when their settings change. */
export class Routing {
  readonly #read: () => RoutingSettings
  readonly #choices: ((queues: Queues) => void)[] = []
  #settings: RoutingSettings | undefined
  #router: Router | undefined

  /** `read` gives the present settings, such as `() => conf.settings`: the same object while nothing changed. */
  constructor(read: () => RoutingSettings) {
    this.#read = read
  }

  get router(): Router {
    const settings = this.#read()
    if (this.#router === undefined || settings !== this.#settings) {
      const queues =
        this.#settings !== undefined && sameQueues(settings, this.#settings) ? this.#router?.queues : undefined
      this.#router = new Router(settings, queues)
      if (queues === undefined) for (const choose of this.#choices) choose(this.#router.queues)
      this.#settings = settings
    }
    return this.#router
  }

  /** Known queues, and those that are consumed from. */
  get queues(): Queues {
    return this.router.queues
  }

  /** Consume from these only (`-Q`). @throws QueueNotFound */
  selectQueues(names: string | readonly string[]): void {
    this.#choose(queues => queues.select(names))
  }

  /** Do not consume from these (`-X`). */
  deselectQueues(names: string | readonly string[]): void {
    this.#choose(queues => queues.deselect(names))
  }

  #choose(choice: (queues: Queues) => void): void {
    choice(this.queues)
    this.#choices.push(choice)
  }
}

const QUEUE_SETTINGS = [
  'taskQueues',
  'taskCreateMissingQueues',
  'taskCreateMissingQueueType',
  'taskCreateMissingQueueExchangeType',
  'taskDefaultQueue',
  'taskDefaultQueueType',
  'taskDefaultExchange',
  'taskDefaultExchangeType',
  'taskDefaultRoutingKey',
  'taskQueueMaxPriority'
] as const satisfies readonly (keyof RoutingSettings)[]

function sameQueues(left: RoutingSettings, right: RoutingSettings): boolean {
  return QUEUE_SETTINGS.every(name => left[name] === right[name])
}
