import { randomUUID } from 'node:crypto'
import type { Timer } from '@umbel/runtime'
import type { Topics } from '../contract.js'
import { DatabaseGoneError } from '../errors.js'
import type { DatabaseSettings } from '../options.js'
import type { Connections, Lent } from './connections.js'
import { decodeNews, encodeNews } from './news.js'
import type { PgNotification } from './pool.js'
import { Rings } from './rings.js'
import type { ServerClock } from './server-clock.js'
import { NOTIFY, SERVER_TIME } from './sql.js'

/** Milliseconds: at least half of it passes between two looks for what no notification told. */
const SAFETY_POLL = 1000
const NOTHING: ReadonlySet<string> = new Set()

export interface NotificationBellOptions {
  readonly connections: Connections
  /** What LISTEN listens to: databases of one server share nothing, schemas of one database this. */
  readonly channel: string
  readonly location: string
  readonly settings: DatabaseSettings
  readonly serverClock: ServerClock
  readonly failed: (error: Error) => void
}

/**
 * LISTEN on a connection of its own, from the first listener on, with a poll behind it that also proves that the server
 * still answers. NOTIFY is sent after the commit, not in it: a transaction that notifies holds a lock of the whole
 * server until its commit is on the disk. What a killed process did not tell any more, the poll finds.
 */
export class NotificationBell {
  readonly #options: NotificationBellOptions
  readonly #rings = new Rings()
  readonly #self = randomUUID().slice(0, 8)
  #listening: Promise<void> | undefined
  #connection: Lent | undefined
  #poll: Timer | undefined
  #untold = new Set<string>()
  #telling: Promise<void> | undefined
  #stopped = false

  constructor(options: NotificationBellOptions) {
    this.#options = options
  }

  add(ring: () => void, topics: Topics | undefined): { close(): void } {
    const listener = this.#rings.add(ring, topics)
    this.#listening ??= this.#listen().catch((error: Error) => {
      if (!this.#stopped) this.#options.failed(error)
    })
    return listener
  }

  /** Rings here at once, and elsewhere soon. */
  announce(topics: ReadonlySet<string>): void {
    if (topics.size === 0 || this.#stopped) return
    this.#rings.ring(topics)
    for (const topic of topics) this.#untold.add(topic)
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined
    })
  }

  /** Resolves when everybody was told what was announced. */
  async stop(): Promise<void> {
    this.#rings.clear()
    await this.#telling
    this.#stopped = true
    this.#poll?.cancel()
    await this.#listening
    // Not kept: the next to borrow it would be told what it does not want to know.
    this.#connection?.giveBack(true)
  }

  /** What was committed meanwhile is told at once. */
  async #tell(): Promise<void> {
    while (this.#untold.size > 0) {
      const news = encodeNews(this.#self, this.#untold)
      this.#untold = new Set()
      // The poll of the others finds what could not be told.
      await this.#options.connections
        .use(connection => connection.query(NOTIFY, [this.#options.channel, news]))
        .catch(() => undefined)
    }
  }

  async #listen(): Promise<void> {
    const { connections, channel } = this.#options
    const connection = await connections.take()
    this.#connection = connection
    if (this.#stopped) return
    connection.client.on('notification', event => this.#hear(event as PgNotification))
    await connection.command(`LISTEN "${channel}"`)
    connection.client.unref?.()
    // What was committed before we listened.
    this.#rings.ring(NOTHING)
    this.#schedule(connection)
  }

  #hear({ channel, payload = '' }: PgNotification): void {
    if (channel !== this.#options.channel) return
    const { sender, topics } = decodeNews(payload)
    if (sender !== this.#self) this.#rings.ring(topics)
  }

  #schedule(connection: Lent): void {
    if (this.#stopped) return
    const { clock, random } = this.#options.settings
    const delay = SAFETY_POLL * (0.5 + random() / 2)
    const look = (): void =>
      void this.#look(connection).catch((error: Error) => {
        if (!this.#stopped) this.#options.failed(error)
      })
    this.#poll = clock.setTimer(delay, look, { keepAlive: false })
  }

  async #look(connection: Lent): Promise<void> {
    if (this.#rings.size > 0) {
      await this.#beat(connection)
      this.#rings.ring(NOTHING)
    }
    this.#schedule(connection)
  }

  /** A server that is gone without a word is found out by its silence. */
  async #beat(connection: Lent): Promise<void> {
    const { settings, location, failed, serverClock } = this.#options
    const silent = (): void =>
      failed(new DatabaseGoneError(`${location}: no answer for ${settings.busyTimeout} s`, { recoverable: true }))
    const deadline = settings.clock.setTimer(settings.busyTimeout * 1000, silent, { keepAlive: false })
    try {
      await serverClock.measure(async () => Number((await connection.query(SERVER_TIME)).rows[0]?.['now']))
    } finally {
      deadline.cancel()
    }
  }
}
