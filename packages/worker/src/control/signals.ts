import { constants } from 'node:os'

const NUMBERS: Readonly<Record<string, number>> = constants.signals

/**
 * The name of a signal that may be given by name (`SIGKILL`, `kill`) or number.
 * @throws TypeError
 */
export function signalName(given: string | number): string {
  if (typeof given === 'number') {
    const known = Object.keys(NUMBERS).find(name => NUMBERS[name] === given)
    if (known !== undefined) return known
  } else {
    const upper = given.toUpperCase()
    const name = upper.startsWith('SIG') ? upper : `SIG${upper}`
    if (Object.hasOwn(NUMBERS, name)) return name
  }
  throw new TypeError(
    `signal: expected the name or number of a signal (SIGTERM, KILL, 9), got ${JSON.stringify(given)}`
  )
}
