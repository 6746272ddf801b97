import { type Channel, UnroutableError } from '@umbel/transport'
import type { Dispatch } from './gateway.js'

type Outcomes = readonly (Error | undefined)[]

/** Hands messages to a channel, those of one confirm timeout together; one answer per message. */
export async function put(channel: Channel, batch: readonly Dispatch[]): Promise<Outcomes> {
  const timeouts = new Set(batch.map(({ confirmTimeout }) => confirmTimeout))
  if (timeouts.size === 1) return await putAlike(channel, batch)
  const outcomes: (Error | undefined)[] = []
  for (const timeout of timeouts) {
    const positions = batch.flatMap(({ confirmTimeout }, position) => (confirmTimeout === timeout ? [position] : []))
    const alike = positions.map(position => batch[position] as Dispatch)
    const answers = await putAlike(channel, alike)
    positions.forEach((position, index) => {
      outcomes[position] = answers[index]
    })
  }
  return outcomes
}

async function putAlike(channel: Channel, batch: readonly Dispatch[]): Promise<Outcomes> {
  const deadline = batch[0]?.confirmTimeout
  const messages = batch.map(({ outgoing }) => outgoing)
  const answers = await channel.publish(messages, deadline === undefined ? {} : { deadline })
  return answers.map((error, index) => (isDropped(error, batch[index]) ? undefined : error))
}

/** Nobody wanted it, and its sender does not mind. (mandatory) */
function isDropped(error: Error | undefined, dispatch: Dispatch | undefined): boolean {
  return error instanceof UnroutableError && dispatch?.mandatory === false
}
