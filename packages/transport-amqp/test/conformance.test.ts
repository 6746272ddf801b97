import { describeTransport } from '@umbel/transport/conformance'
import { amqp } from '@umbel/transport-amqp'

describeTransport(
  'amqp',
  async () => {
    const url = process.env['UMBEL_TEST_RABBITMQ']
    if (url === undefined) throw new Error('UMBEL_TEST_RABBITMQ names no server')
    return { transport: amqp(), url, teardown: async () => {} }
  },
  { without: ['leases', 'starts'] }
)
