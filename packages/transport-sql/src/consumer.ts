import type { Clock } from '@umbel/runtime'
import type { SqlSession } from '@umbel/sql'
import type { GuardedDatabase } from './guarded-database.js'
import { mark, state } from './schema.js'
import { dropQueuesOf } from './topology.js'

export interface ConsumerOptions {
  readonly database: GuardedDatabase
  readonly clock: Clock
  /** Seconds. */
  readonly lease: number
  readonly name: string
}

/**
 * The row that stands for a connection among those that share the file. While its lease runs, what it took, listens
 * to and exclusively declared is its own; afterwards anybody clears up behind it. A connection that only publishes has none.
 */
export class Consumer {
  readonly #options: ConsumerOptions
  #id: number | undefined
  #registering: Promise<number> | undefined
  #leaseUntil = 0
  readonly #listeners = new Map<object, { readonly queues: readonly string[]; readonly added: Promise<void> }>()
  #clockOffset: number | undefined
  #patientUntil = 0

  constructor(options: ConsumerOptions) {
    this.#options = options
  }

  /** undefined until `register`. */
  get id(): number | undefined {
    return this.#id
  }

  /** When this connection should renew, milliseconds since the epoch; undefined: it has no lease. */
  get renewAt(): number | undefined {
    return this.#id === undefined ? undefined : this.#leaseUntil - (this.#options.lease * 1000 * 2) / 3
  }

  /** Answers the id; the second time at once. */
  register(): Promise<number> {
    this.#registering ??= this.#register()
    return this.#registering
  }

  /** Extends the lease; when it was given up for dead, comes back with empty hands under the same id. */
  async renew(session: SqlSession): Promise<void> {
    if (this.#id === undefined) return
    const until = this.#leaseEnd()
    const renewed = await session.run('UPDATE umbel_consumer SET lease_until = ? WHERE id = ?', [until, this.#id])
    if (renewed === 0) await this.#comeBack(session, this.#id, until)
    this.#leaseUntil = until
  }

  /** Which of these are still held. */
  async held(session: SqlSession, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await session.all(
      'SELECT id FROM umbel_message WHERE owner = ? AND id IN (SELECT value FROM json_each(?))',
      [this.#id ?? null, JSON.stringify(ids)]
    )
    return new Set(rows.map(row => String(row['id'])))
  }

  addListener(key: object, queues: readonly string[]): Promise<void> {
    const added = this.register().then(id =>
      this.#options.database.write(session => insertListeners(session, id, queues))
    )
    this.#listeners.set(key, { queues, added })
    return added
  }

  async removeListener(key: object): Promise<void> {
    const listener = this.#listeners.get(key)
    if (listener === undefined) return
    await listener.added
    this.#listeners.delete(key)
    const { queues } = listener
    await this.#options.database.write(async session => {
      for (const queue of queues)
        await session.run(
          'DELETE FROM umbel_listener WHERE id = (SELECT id FROM umbel_listener WHERE consumer = ? AND queue = ? LIMIT 1)',
          [this.#id ?? null, queue]
        )
      await dropQueuesOf(session, [], queues)
    })
  }

  /** When the next lease of another connection ends, milliseconds since the epoch. */
  async nextLeaseEnd(session: SqlSession): Promise<number | undefined> {
    const [row] = await session.all('SELECT min(lease_until) AS next FROM umbel_consumer WHERE id <> ?', [
      this.#id ?? 0
    ])
    return typeof row?.['next'] === 'number' ? Math.max(row['next'], this.#patientUntil) : undefined
  }

  /** Clears up behind those whose lease ended; answers how many messages came back. */
  async restoreExpired(): Promise<number> {
    const now = this.#options.clock.now()
    if (this.#isPatient(now)) return 0
    const { database } = this.#options
    const someEnded = await database.read(session => this.#ended(session, now))
    if (someEnded.length === 0) return 0
    return database.write(async session => release(session, await this.#ended(session, now)))
  }

  /** Gives back what is still held, and leaves. */
  async leave(): Promise<void> {
    await this.#registering?.catch(() => undefined)
    const id = this.#id
    if (id === undefined) return
    this.#id = undefined
    this.#listeners.clear()
    await this.#options.database.write(session => release(session, [id]))
  }

  async #register(): Promise<number> {
    const { database, name } = this.#options
    return database.write(async session => {
      const until = this.#leaseEnd()
      const [row] = await session.all('INSERT INTO umbel_consumer (name, lease_until) VALUES (?, ?) RETURNING id', [
        name,
        until
      ])
      this.#leaseUntil = until
      this.#id = Number(row?.['id'])
      return this.#id
    })
  }

  async #comeBack(session: SqlSession, id: number, until: number): Promise<void> {
    await session.run('INSERT INTO umbel_consumer (id, name, lease_until) VALUES (?, ?, ?)', [
      id,
      this.#options.name,
      until
    ])
    for (const { queues } of this.#listeners.values()) await insertListeners(session, id, queues)
  }

  async #ended(session: SqlSession, now: number): Promise<readonly number[]> {
    const rows = await session.all('SELECT id FROM umbel_consumer WHERE lease_until < ? AND id <> ?', [
      now,
      this.#id ?? 0
    ])
    return rows.map(row => Number(row['id']))
  }

  #leaseEnd(): number {
    return Math.ceil(this.#options.clock.now() + this.#options.lease * 1000)
  }

  /**
   * After the machine slept, or its clock jumped, every lease seems to have ended: the others get the time to renew.
   */
  #isPatient(now: number): boolean {
    const offset = now - this.#options.clock.monotonic()
    const before = this.#clockOffset ?? offset
    this.#clockOffset = offset
    const half = (this.#options.lease * 1000) / 2
    if (offset - before > half) this.#patientUntil = now + half
    return now < this.#patientUntil
  }
}

async function insertListeners(session: SqlSession, consumer: number, queues: readonly string[]): Promise<void> {
  for (const queue of queues)
    await session.run('INSERT INTO umbel_listener (consumer, queue) VALUES (?, ?)', [consumer, queue])
}

/** Removes these consumers; what they held goes back, marked. Answers how many messages came back. */
async function release(session: SqlSession, consumers: readonly number[]): Promise<number> {
  if (consumers.length === 0) return 0
  const list = JSON.stringify(consumers)
  const among = 'IN (SELECT value FROM json_each(?))'
  await session.run(`DELETE FROM umbel_message WHERE owner ${among} AND state = ?`, [list, state.orphaned])
  const restored = await session.run(
    `UPDATE umbel_message SET state = ?, owner = NULL, redelivered = redelivered | ${mark.redelivered} WHERE owner ${among}`,
    [state.ready, list]
  )
  const heard = await session.all(`DELETE FROM umbel_listener WHERE consumer ${among} RETURNING queue`, [list])
  await session.run(`DELETE FROM umbel_consumer WHERE id ${among}`, [list])
  await dropQueuesOf(
    session,
    consumers,
    heard.map(row => String(row['queue']))
  )
  return restored
}
