import { TransactionError } from '../errors.js'
import type { Dispatch } from './gateway.js'

type Outcomes = readonly (Error | undefined)[]

/** Refuses what was to be part of a transaction, and publishes the rest. */
export async function withoutTransactions(
  batch: readonly Dispatch[],
  where: string,
  publish: (rest: readonly Dispatch[]) => Promise<Outcomes>
): Promise<Outcomes> {
  const rest = batch.filter(({ within }) => within === undefined)
  const answers = rest.length === 0 ? [] : [...(await publish(rest))]
  return batch.map(({ within }) => (within === undefined ? answers.shift() : refusal(where)))
}

function refusal(where: string): TransactionError {
  return new TransactionError(
    `a task cannot be sent in a transaction of yours (client) over ${where}: that takes PostgreSQL as broker, and the ` +
      'process that began the transaction; delayOnCommit sends after the commit instead'
  )
}
