import { DateTime } from 'luxon'

/** Minutes that a zone is ahead of UTC at an instant (milliseconds since the epoch). 'local': the machine's own. */
export function offsetIn(zone: string): (milliseconds: number) => number {
  if (zone === 'UTC') return () => 0
  return milliseconds => DateTime.fromMillis(milliseconds, { zone }).offset
}
