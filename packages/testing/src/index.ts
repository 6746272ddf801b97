export { TestWorkerError } from './errors.js'
export { startWorker, type TestWorker, type TestWorkerOptions } from './start-worker.js'
export { createTestApp } from './test-app.js'
