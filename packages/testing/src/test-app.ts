import { Umbel, type UmbelOptions } from '@umbel/app'
import { createMemory } from '@umbel/memory'

/** An application on a broker and a result store of its own, in memory. (celery.contrib.testing.app.TestApp) */
export function createTestApp(main = 'celery.tests', options: UmbelOptions = {}): Umbel {
  const { transports = [], backends = [], ...settings } = options
  const memory = createMemory()
  return new Umbel(main, {
    broker: 'memory://',
    backend: 'cache+memory://',
    ...settings,
    transports: [memory.transport, ...transports],
    backends: [memory.backend, ...backends]
  })
}
