// Runs in a thread of its own: the lease goes on while user code blocks the thread that took the messages.
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@umbel/runtime'
import { openDatabase } from '@umbel/sql'
import type { LeaseThreadData } from './lease-keeper.js'

const { url, consumer, lease } = workerData as LeaseThreadData
const database = await openDatabase(url)
const clock = database.clockFrom(systemClock)

const timer = setInterval(
  () => {
    const until = Math.ceil(clock.now() + lease * 1000)
    database
      // Nothing changes when others have given the consumer up: only its own thread knows what it held.
      .write(session => session.run('UPDATE umbel_consumer SET lease_until = ? WHERE id = ?', [until, consumer]), {
        loose: true
      })
      .catch(() => undefined)
  },
  (lease * 1000) / 3
)

parentPort?.once('message', () => {
  clearInterval(timer)
  void database.close()
})
