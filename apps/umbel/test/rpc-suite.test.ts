import { randomUUID } from 'node:crypto'
import { describeBackend } from '@umbel/backend/conformance'
import { rpcBackend } from '@umbel/backend-rpc'
import { createMemory } from '@umbel/memory'

describeBackend(
  'rpc',
  async () => {
    const { transport } = createMemory()
    const broker = `memory://${randomUUID()}`
    const factory = rpcBackend()
    const replies = () => ({
      queue: randomUUID(),
      connect: () => transport.connect(broker),
      isExpected: () => true,
      expect: () => {}
    })
    return {
      factory: { ...factory, connect: (url, options) => factory.connect(url, { ...options, replies: replies() }) },
      url: 'rpc://',
      teardown: async () => {}
    }
  },
  { joins: false, shared: false, revocations: false }
)
