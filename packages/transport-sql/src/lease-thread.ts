// Runs in a thread of its own: the lease goes on while user code blocks the thread that took the messages.
import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '@umbel/sql'
import type { LeaseThreadData } from './lease-keeper.js'

const { path, consumer, lease } = workerData as LeaseThreadData
const database = await openDatabase(`sqlite://${path.split('/').map(encodeURIComponent).join('/')}`)

const timer = setInterval(
  () => {
    const until = Date.now() + lease * 1000
    database
      // Nothing changes when others have given the consumer up: only its own thread knows what it held.
      .write(session => session.run('UPDATE umbel_consumer SET lease_until = ? WHERE id = ?', [until, consumer]))
      .catch(() => undefined)
  },
  (lease * 1000) / 3
)

parentPort?.once('message', () => {
  clearInterval(timer)
  void database.close()
})
