import type { Clock } from '@umbel/runtime'
import { perDialect, type SqlRow, type SqlSession } from '@umbel/sql'
import type { TakenMessage } from '@umbel/transport/virtual'
import { ENVELOPE_COLUMNS, fromRow } from './envelope.js'
import type { GuardedDatabase } from './guarded-database.js'
import { mark, state } from './schema.js'
import { announceQueues } from './topics.js'
import { dropQueuesOf } from './topology.js'

export interface ConsumerOptions {
  readonly database: GuardedDatabase
  readonly clock: Clock
  /** Seconds. */
  readonly lease: number
  readonly name: string
  /** undefined: nobody takes over what it holds. */
  readonly holder?: string | undefined
  /** The database may have been away for everybody: who has just come gives nobody up for one lease. */
  readonly remote: boolean
}

/**
 * The row that stands for a connection among those that share the file. While its lease runs, what it took, listens
 * to and exclusively declared is its own; afterwards anybody clears up behind it. A connection that only publishes has none.
 */
export class Consumer {
  readonly #options: ConsumerOptions
  #id: number | undefined
  #registering: Promise<number> | undefined
  readonly #lease: number
  #inheritance: readonly TakenMessage[] = []
  #leaseUntil = 0
  /** Monotonic. */
  #renewedAt = 0
  readonly #listeners = new Map<object, { readonly queues: readonly string[]; readonly added: Promise<void> }>()
  #clockOffset: number | undefined
  /** Monotonic. */
  #patientUntil = 0

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#lease = Math.ceil(options.lease * 1000)
  }

  /** undefined until `register`. */
  get id(): number | undefined {
    return this.#id
  }

  /**
   * When this connection should renew, milliseconds since the epoch; undefined: it has no lease. A third of the lease
   * after the last time by either clock: the wall's may be set back, the other stands still while the machine sleeps.
   */
  get renewAt(): number | undefined {
    if (this.#id === undefined) return undefined
    const byWall = this.#leaseUntil - (this.#lease * 2) / 3
    return Math.min(byWall, this.#toWall(this.#renewedAt + this.#lease / 3))
  }

  /** Answers the id; the second time at once. */
  register(): Promise<number> {
    this.#registering ??= this.#register()
    return this.#registering
  }

  /** Of what an earlier connection of this holder held, as much as is wanted: each once, before anything else. */
  inherit(queues: readonly string[], limit: number): readonly TakenMessage[] {
    if (this.#inheritance.length === 0) return []
    const taken = this.#inheritance.filter(({ queue }) => queues.includes(queue)).slice(0, limit)
    this.#inheritance = this.#inheritance.filter(message => !taken.includes(message))
    return taken
  }

  /** Extends the lease; when it was given up for dead, comes back with empty hands under the same id. */
  async renew(session: SqlSession): Promise<void> {
    if (this.#id === undefined) return
    const until = this.#takeLease()
    const renewed = await session.run('UPDATE umbel_consumer SET lease_until = ? WHERE id = ?', [until, this.#id])
    if (renewed === 0) await this.#comeBack(session, this.#id, until)
  }

  /** Which of these are still held. */
  async held(session: SqlSession, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set()
    const rows = await session.all(sql(session).held, [this.#id ?? null, JSON.stringify(ids)])
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

  /** When to look for ended leases, milliseconds since the epoch, of which the next ends then. */
  lookAt(leaseEnd: number): number {
    return Math.max(leaseEnd, this.#toWall(this.#patientUntil))
  }

  /** Clears up behind those whose lease ended; answers how many messages came back. */
  async restoreExpired(): Promise<number> {
    const now = this.#options.clock.now()
    if (this.#isPatient(now)) return 0
    const { database } = this.#options
    const { ended, distant } = await database.read(session => this.#others(session, now))
    if (ended.length + distant.length === 0) return 0
    return database.write(async session => {
      const others = await this.#others(session, now)
      await shorten(session, others.distant, now)
      return release(session, others.ended)
    })
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
    const { database, name, holder = null } = this.#options
    const { id, taken } = await database.write(async session => {
      const [row] = await session.all(
        'INSERT INTO umbel_consumer (name, holder, lease_until, lease) VALUES (?, ?, ?, ?) RETURNING id',
        [name, holder, this.#takeLease(), this.#lease]
      )
      const own = Number(row?.['id'])
      return { id: own, taken: holder === null ? [] : await takeOver(session, own, holder) }
    })
    if (this.#options.remote) this.#patientUntil = this.#options.clock.monotonic() + this.#lease
    this.#id = id
    this.#inheritance = taken
    return id
  }

  async #comeBack(session: SqlSession, id: number, until: number): Promise<void> {
    const { name, holder = null } = this.#options
    await session.run('INSERT INTO umbel_consumer (id, name, holder, lease_until, lease) VALUES (?, ?, ?, ?, ?)', [
      id,
      name,
      holder,
      until,
      this.#lease
    ])
    for (const { queues } of this.#listeners.values()) await insertListeners(session, id, queues)
  }

  /** Whose lease has ended, and whose ends later than any renewal could have said: the clock was set back since. */
  async #others(session: SqlSession, now: number): Promise<Others> {
    const self = this.#id ?? 0
    const rows = await session.all(OTHERS, [now, now, CLOCK_PLAY, self, self])
    const idsOf = (chosen: readonly SqlRow[]): readonly number[] => chosen.map(row => Number(row['id']))
    const hasEnded = (row: SqlRow): boolean => Number(row['lease_until']) < now
    return { ended: idsOf(rows.filter(hasEnded)), distant: idsOf(rows.filter(row => !hasEnded(row))) }
  }

  /** Answers the end of a lease that begins now. */
  #takeLease(): number {
    const { clock } = this.#options
    this.#renewedAt = clock.monotonic()
    this.#leaseUntil = Math.ceil(clock.now() + this.#lease)
    return this.#leaseUntil
  }

  /** A monotonic time as one of the wall clock, as that stands now. */
  #toWall(monotonic: number): number {
    const { clock } = this.#options
    return clock.now() + monotonic - clock.monotonic()
  }

  /**
   * After the machine slept, or its clock jumped, every lease seems to have ended: the others get the time to renew.
   */
  #isPatient(now: number): boolean {
    const monotonic = this.#options.clock.monotonic()
    const offset = now - monotonic
    const before = this.#clockOffset ?? offset
    this.#clockOffset = offset
    if (offset - before > this.#lease / 2) this.#patientUntil = monotonic + this.#lease / 2
    return monotonic < this.#patientUntil
  }
}

interface Others {
  readonly ended: readonly number[]
  readonly distant: readonly number[]
}

/** Also owners of messages who are not there: they were given up for dead while they took them. */
const OTHERS = `SELECT id, lease_until FROM umbel_consumer WHERE (lease_until < ? OR lease_until > ? + lease + ?) AND id <> ?
  UNION SELECT owner, 0 FROM umbel_message
    WHERE owner IS NOT NULL AND owner <> ? AND NOT EXISTS (SELECT 1 FROM umbel_consumer WHERE id = owner)`

const sql = perDialect(({ among, amongNumbers }) => ({
  held: `SELECT id FROM umbel_message WHERE owner = ? AND id ${among}`,
  shorten: `UPDATE umbel_consumer SET lease_until = ? + lease WHERE id ${amongNumbers}`,
  inherit: `UPDATE umbel_message SET owner = ? WHERE owner ${amongNumbers} AND state = ${state.taken}`,
  dropOrphans: `DELETE FROM umbel_message WHERE owner ${amongNumbers} AND state = ${state.orphaned}`,
  restore: `UPDATE umbel_message SET state = ${state.ready}, owner = NULL, redelivered = redelivered | ${mark.redelivered}
    WHERE owner ${amongNumbers} RETURNING queue`,
  unlisten: `DELETE FROM umbel_listener WHERE consumer ${amongNumbers} RETURNING queue`,
  leave: `DELETE FROM umbel_consumer WHERE id ${amongNumbers}`
}))

/** Milliseconds by which clocks may differ that are adjusted a little at a time. */
const CLOCK_PLAY = 1000

/** These end a lease from now, unless their owners renew them. */
async function shorten(session: SqlSession, consumers: readonly number[], now: number): Promise<void> {
  if (consumers.length === 0) return
  await session.run(sql(session).shorten, [now, JSON.stringify(consumers)])
}

/**
 * What earlier connections of the holder held is the new one's, in order; nothing else is left of them. Their ends were
 * not told: they were cut off.
 */
async function takeOver(session: SqlSession, id: number, holder: string): Promise<readonly TakenMessage[]> {
  const earlier = await session.all('SELECT id FROM umbel_consumer WHERE holder = ? AND id <> ?', [holder, id])
  if (earlier.length === 0) return []
  const ids = earlier.map(row => Number(row['id']))
  await session.run(sql(session).inherit, [id, JSON.stringify(ids)])
  const rows = await session.all(INHERITED, [id])
  await release(session, ids)
  return rows.map(row => ({ ...fromRow(row), redelivered: true }))
}

const INHERITED = `SELECT ${ENVELOPE_COLUMNS} FROM umbel_message WHERE owner = ? ORDER BY priority DESC, ready_at, seq`

async function insertListeners(session: SqlSession, consumer: number, queues: readonly string[]): Promise<void> {
  for (const queue of queues)
    await session.run('INSERT INTO umbel_listener (consumer, queue) VALUES (?, ?)', [consumer, queue])
}

/** Removes these consumers; what they held goes back, marked. Answers how many messages came back. */
async function release(session: SqlSession, consumers: readonly number[]): Promise<number> {
  if (consumers.length === 0) return 0
  const list = [JSON.stringify(consumers)]
  await session.run(sql(session).dropOrphans, list)
  const restored = await session.all(sql(session).restore, list)
  announceQueues(session, restored)
  const heard = await session.all(sql(session).unlisten, list)
  await session.run(sql(session).leave, list)
  await dropQueuesOf(
    session,
    consumers,
    heard.map(row => String(row['queue']))
  )
  return restored.length
}
