import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

const SERVER = process.env['UMBEL_TEST_REDIS'] ?? ''
/** Of brokers alone: results have another. */
const DATABASE = 8

export interface FreshBroker {
  readonly url: string
  readonly prefix: string
  /** broker_transport_options */
  readonly options: Readonly<Record<string, unknown>>
  readonly client: Redis
  teardown(): Promise<void>
}

/** Keys of its own on the server of the tests. */
export async function freshBroker(): Promise<FreshBroker> {
  const url = SERVER.replace(/\/\d*$/, '').concat(`/${DATABASE}`)
  const prefix = `test-${randomUUID()}-`
  const client = new Redis(url, { protocol: 2 })
  return {
    url,
    prefix,
    options: { global_keyprefix: prefix },
    client,
    async teardown() {
      const keys = await client.keys(`${prefix}*`)
      if (keys.length > 0) await client.del(...keys)
      await client.quit()
    }
  }
}
