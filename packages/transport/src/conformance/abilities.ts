import type { TransportCapabilities } from '../contract.js'

/** What a broker may lack; scenarios that need it are then skipped, and say so in their titles. */
export type Ability = 'delays' | 'fanout' | 'leases' | 'starts'

const ABILITIES: Readonly<Record<Ability, (capabilities: TransportCapabilities) => boolean>> = {
  delays: ({ delays }) => delays,
  fanout: ({ fanout }) => fanout,
  leases: ({ redelivers }) => redelivers === 'on-lease-end',
  starts: ({ starts }) => starts === true
}

/** What the broker lacks, in the order of the names. */
export function lacking(capabilities: TransportCapabilities): readonly Ability[] {
  return (Object.keys(ABILITIES) as Ability[]).sort().filter(ability => !ABILITIES[ability](capabilities))
}
