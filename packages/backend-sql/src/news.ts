import { READY_STATES } from '@umbel/protocol'
import { perDialect, type SqlSession } from '@umbel/sql'

// What became final since the last look, at the price of what is new.

const FINAL = [...READY_STATES].map(state => `'${state}'`).join(', ')

interface Numbering {
  /** Before results are stored: takes the number of the transaction. */
  readonly next: string | undefined
  /** The number, as SQL. */
  readonly current: string
  /** The lowest number that a transaction may have which has not committed yet. */
  readonly horizon: string
}

/**
 * How transactions are numbered. SQLite has one writer at a time, so a counter is in the order of commits. PostgreSQL
 * has many, and a counter would let them write one after the other only: there it is the server's own number, and what
 * is read again from the oldest transaction that is still open is read twice.
 */
export const numbering = perDialect(
  ({ name }): Numbering =>
    ({
      sqlite: {
        next: 'UPDATE umbel_result_sequence SET last = last + 1',
        current: '(SELECT last FROM umbel_result_sequence)',
        horizon: 'SELECT last + 1 AS horizon FROM umbel_result_sequence'
      },
      postgres: {
        next: undefined,
        current: 'pg_current_xact_id()::text::bigint',
        horizon: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon'
      }
    })[name]
)

const NEWS = `SELECT seq, id FROM umbel_result WHERE (seq, id) > (?, ?) AND status IN (${FINAL}) ORDER BY seq, id LIMIT ?`

/** Reads on from where it was, some at a time. */
export class NewsReader {
  readonly #limit: number
  #seq = 0
  #id = ''
  /** Where to read on once all is read that was there when this round began. */
  #horizon: number | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is final by now is no news. */
  async begin(session: SqlSession): Promise<void> {
    this.#readOnFrom(await readHorizon(session))
  }

  async read(session: SqlSession): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
    this.#horizon ??= await readHorizon(session)
    const rows = await session.all(NEWS, [this.#seq, this.#id, this.#limit])
    const last = rows.at(-1)
    const more = rows.length === this.#limit && last !== undefined
    if (more) {
      this.#seq = Number(last['seq'])
      this.#id = String(last['id'])
    } else this.#readOnFrom(this.#horizon)
    return { ids: rows.map(row => String(row['id'])), more }
  }

  #readOnFrom(seq: number): void {
    this.#seq = seq
    this.#id = ''
    this.#horizon = undefined
  }
}

async function readHorizon(session: SqlSession): Promise<number> {
  const [row] = await session.all(numbering(session).horizon)
  return Number(row?.['horizon'] ?? 0)
}
