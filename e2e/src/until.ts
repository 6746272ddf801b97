import { setTimeout as pause } from 'node:timers/promises'

const FIRST_PAUSE = 2
const LONGEST_PAUSE = 50

/** The first value of `probe` that is not undefined. @throws Error with what `describe` says after `seconds` */
export async function until<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  { seconds, describe }: { readonly seconds: number; readonly describe: () => string }
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (let wait = FIRST_PAUSE; ; wait = Math.min(LONGEST_PAUSE, wait * 1.5)) {
    const value = await probe()
    if (value !== undefined) return value
    if (performance.now() >= deadline) throw new Error(`after ${seconds} s: ${describe()}`)
    await pause(wait)
  }
}
