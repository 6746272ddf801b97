import { afterEach } from '@jest/globals'
import { Umbel, type UmbelOptions } from '@umbel/app'
import type { BackendFactory } from '@umbel/backend'
import { createMemory, type MemoryOptions } from '@umbel/memory'
import type { Message } from '@umbel/protocol'
import type { LogFields, Logger } from '@umbel/runtime'
import type { Channel, Delivery, Outgoing, QueueStat, Transport } from '@umbel/transport'
import { Worker, type WorkerOptions, type WorkerParts } from '@umbel/worker'
import { type Tap, tapBackend, tapTransport } from './tap.js'
import { until } from './until.js'

export interface LogLine {
  readonly level: keyof Logger
  readonly message: string
  readonly fields: LogFields
}

/** Broker and result store of a rig. */
export interface Drivers {
  readonly transport: Transport
  readonly backend: BackendFactory
  readonly url: string
}

/** An application, its workers, and what they said. */
export class Rig {
  readonly app: Umbel
  readonly tap: Tap = { journal: [], sent: [], connections: new Set() }
  readonly lines: LogLine[] = []
  readonly failures: Error[] = []
  readonly workers: Worker[] = []
  readonly drivers: Drivers

  constructor(settings: UmbelOptions, drivers: Drivers) {
    this.drivers = drivers
    this.app = new Umbel('rig', {
      broker: drivers.url,
      backend: drivers.url,
      transports: [tapTransport(drivers.transport, this.tap)],
      backends: [tapBackend(drivers.backend, this.tap)],
      ...settings
    })
  }

  get journal(): string[] {
    return this.tap.journal
  }

  /** Messages that were published. */
  get sent(): readonly Outgoing[] {
    return this.tap.sent
  }

  createWorker(options: WorkerOptions = {}, parts: WorkerParts = {}): Worker {
    const worker = new Worker(
      this.app,
      { concurrency: 4, pool: 'inline', ...options },
      { logger: this.#logger(), failed: error => this.failures.push(error), ...parts }
    )
    this.workers.push(worker)
    return worker
  }

  async start(options: WorkerOptions = {}, parts: WorkerParts = {}): Promise<Worker> {
    const worker = this.createWorker(options, parts)
    await worker.start()
    return worker
  }

  /** Resolves with the first line that contains the text. */
  async line(text: string | RegExp): Promise<LogLine> {
    const find = (): LogLine | undefined =>
      this.lines.find(({ message }) => (typeof text === 'string' ? message.includes(text) : text.test(message)))
    return await until(find, () => `a log line ${String(text)}; there are:\n${this.messages.join('\n')}`)
  }

  get messages(): readonly string[] {
    return this.lines.map(({ level, message }) => `${level}: ${message}`)
  }

  async publish(message: Message, queue = 'celery', more: Partial<Outgoing> = {}): Promise<void> {
    await this.#channel(async channel => {
      const [error] = await channel.publish([{ exchange: '', routingKey: queue, message, ...more }])
      if (error !== undefined) throw error
    })
  }

  async stat(queue = 'celery'): Promise<QueueStat> {
    const [stat] = await this.#channel(channel => channel.stat([queue]))
    if (stat === undefined) throw new Error(`no stat of ${queue}`)
    return stat
  }

  /** Resolves when a queue holds nothing: neither ready nor with a worker. */
  async empty(queue = 'celery'): Promise<void> {
    await until(
      async () => {
        const { ready, unacked, delayed } = await this.stat(queue)
        return ready + (unacked ?? 0) + (delayed ?? 0) === 0 ? true : undefined
      },
      () => `an empty ${queue}`
    )
  }

  /** Takes what is ready. */
  async take(queue: string, count = 1): Promise<readonly Delivery[]> {
    const connection = await this.drivers.transport.connect(this.drivers.url)
    const taken: Delivery[] = []
    const channel = await connection.openChannel()
    const sink = { deliver: (batch: readonly Delivery[]) => taken.push(...batch), lost: () => undefined }
    await channel.consume([queue], sink, { prefetch: 0, noAck: true })
    await until(
      () => (taken.length >= count ? true : undefined),
      () => `${count} messages in ${queue}`
    )
    await connection.close()
    return taken
  }

  /** The broker ends the worker's connections. */
  async cut(): Promise<void> {
    await Promise.all([...this.tap.connections].map(connection => connection.close()))
  }

  async close(): Promise<void> {
    this.tap.publishError = undefined
    this.tap.settleError = undefined
    await Promise.all(this.workers.map(worker => worker.terminate()))
    await this.app.close()
  }

  async #channel<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    const connection = await this.drivers.transport.connect(this.drivers.url)
    try {
      return await use(await connection.openChannel())
    } finally {
      await connection.close()
    }
  }

  #logger(): Logger {
    const write =
      (level: keyof Logger) =>
      (message: string, fields: LogFields = {}): void => {
        this.lines.push({ level, message, fields })
      }
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      critical: write('critical')
    }
  }
}

const rigs: Rig[] = []

/** A rig that is closed when the test ends; on memory, unless drivers are given. */
export function createRig(settings: UmbelOptions = {}, drivers: MemoryOptions | Drivers = {}): Rig {
  const rig = new Rig(settings, 'url' in drivers ? drivers : { ...createMemory(drivers), url: 'memory://rig' })
  rigs.push(rig)
  return rig
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(rig => rig.close()))
})
