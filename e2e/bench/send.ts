import { add } from './tasks.js'

const BATCH = 1000

/** Sends so many, a thousand at a time. */
export async function sendMany(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - sent) }, (_, index) => add.delay(sent + index, 1))
    await Promise.all(batch)
  }
}
