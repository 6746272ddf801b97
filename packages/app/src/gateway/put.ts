import { type Channel, type PublishOptions, UnroutableError } from '@umbel/transport'
import { given } from '../given.js'
import type { Dispatch } from './gateway.js'

type Outcomes = readonly (Error | undefined)[]

/** Hands messages to a channel, those of one confirm timeout and one transaction together; one answer per message. */
export async function put(channel: Channel, batch: readonly Dispatch[]): Promise<Outcomes> {
  const [first] = batch
  if (first === undefined || batch.every(dispatch => isAlike(dispatch, first))) return await putAlike(channel, batch)
  const outcomes: (Error | undefined)[] = []
  for (let open = [...batch.keys()]; open.length > 0; ) {
    const leader = batch[open[0] as number] as Dispatch
    const positions = open.filter(position => isAlike(batch[position] as Dispatch, leader))
    open = open.filter(position => !positions.includes(position))
    const answers = await putAlike(
      channel,
      positions.map(position => batch[position] as Dispatch)
    )
    positions.forEach((position, index) => {
      outcomes[position] = answers[index]
    })
  }
  return outcomes
}

function isAlike(one: Dispatch, other: Dispatch): boolean {
  return one.confirmTimeout === other.confirmTimeout && one.within === other.within
}

async function putAlike(channel: Channel, batch: readonly Dispatch[]): Promise<Outcomes> {
  const { confirmTimeout, within } = batch[0] ?? {}
  const messages = batch.map(({ outgoing }) => outgoing)
  const options: PublishOptions = { ...given('deadline', confirmTimeout), ...given('within', within) }
  const answers = await channel.publish(messages, options)
  return answers.map((error, index) => (isDropped(error, batch[index]) ? undefined : error))
}

/** Nobody wanted it, and its sender does not mind. (mandatory) */
function isDropped(error: Error | undefined, dispatch: Dispatch | undefined): boolean {
  return error instanceof UnroutableError && dispatch?.mandatory === false
}
