import type { Clock } from '@umbel/runtime'

export interface Patience {
  readonly seconds: number
  readonly clock: Clock
  /** Does waiting hold the process? Default true. */
  readonly keepAlive?: boolean
}

/** What the work gives, or 'silent' when that takes longer. The work goes on; that it fails is nobody's concern then. */
export async function answerWithin<T>(work: Promise<T>, patience: Patience): Promise<T | 'silent'> {
  const half = { ...patience, seconds: patience.seconds / 2 }
  const first = await race(work, half)
  // Twice: a process that was held up finds its timers before its answers.
  return first === 'silent' ? await race(work, half) : first
}

async function race<T>(work: Promise<T>, { seconds, clock, keepAlive = true }: Patience): Promise<T | 'silent'> {
  let cancel = (): void => undefined
  const silence = new Promise<'silent'>(resolve => {
    const timer = clock.setTimer(seconds * 1000, () => resolve('silent'), { keepAlive })
    cancel = () => timer.cancel()
  })
  try {
    return await Promise.race([work, silence])
  } finally {
    cancel()
  }
}
