// A worker in a process of its own, until SIGTERM.
import { app } from '../tasks.js'
import { benchWorker } from '../worker.js'

const worker = benchWorker()
process.once('SIGTERM', () => void worker.stop().then(() => app.close()))
await worker.start()
process.stdout.write('ready.\n')
