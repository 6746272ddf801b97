import { createHash } from 'node:crypto'
import type { Insertion } from '../contract.js'

export interface Statement {
  readonly text: string
  /** The same for the same text, in every process: connections may be shared. */
  readonly name: string
}

/** Statements as PostgreSQL wants them, each written once. */
export class Statements {
  readonly #bySql = new Map<string, Statement>()
  readonly #byInsertion = new Map<Insertion, Statement>()

  of(sql: string): Statement {
    return keep(this.#bySql, sql, () => toStatement(sql))
  }

  insert(insertion: Insertion): Statement {
    return keep(this.#byInsertion, insertion, () => toStatement(insertSql(insertion)))
  }
}

/** `?` becomes `$1`, `$2`, … */
function toStatement(sql: string): Statement {
  let count = 0
  const text = sql.replace(/\?/g, () => `$${++count}`)
  return { text, name: `umbel_${createHash('sha1').update(text).digest('base64url')}` }
}

/** One parameter per column, an array of its values: the same statement for any number of rows, inserted in order. */
function insertSql({ table, columns, also = {}, conflict }: Insertion): string {
  const given = Object.keys(columns).join(', ')
  const arrays = Object.values(columns).map(type => `?::${type}[]`)
  return `INSERT INTO ${table} (${[...Object.keys(columns), ...Object.keys(also)].join(', ')})
    SELECT ${[...Object.keys(columns), ...Object.values(also)].join(', ')}
    FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS given (${given}, number) ORDER BY number ${conflict}`
}

function keep<K>(statements: Map<K, Statement>, key: K, make: () => Statement): Statement {
  const known = statements.get(key)
  if (known !== undefined) return known
  const made = make()
  statements.set(key, made)
  return made
}
