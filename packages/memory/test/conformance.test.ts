import { memory } from '@umbel/memory'
import { describeTransport } from '@umbel/transport/conformance'

const teardown = async (): Promise<void> => {}

describeTransport('memory', async () => ({ transport: memory(), url: 'memory://conformance', teardown }), {
  without: ['leases']
})
describeTransport('memory with leases', async () => ({
  transport: memory({ leases: true }),
  url: 'memory://',
  teardown
}))
