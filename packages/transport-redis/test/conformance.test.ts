import { describeTransport } from '@umbel/transport/conformance'
import { redis } from '@umbel/transport-redis'
import { freshBroker } from './fresh-broker.js'

describeTransport('redis', async () => {
  const { url, options, teardown } = await freshBroker()
  const { connect, ...rest } = redis()
  return {
    transport: { ...rest, connect: (to, more) => connect(to, { ...more, transportOptions: options }) },
    url,
    teardown
  }
})
