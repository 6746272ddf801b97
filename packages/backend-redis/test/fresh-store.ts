import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

const SERVER = process.env['UMBEL_TEST_REDIS'] ?? ''
/** Of broker's tests too; results have a database of their own, so that ending its clients troubles nobody else. */
const DATABASE = 9

export interface FreshStore {
  readonly url: string
  /** result_backend_transport_options */
  readonly options: Readonly<Record<string, unknown>>
  readonly client: Redis
  sever(): Promise<void>
  teardown(): Promise<void>
}

/** Keys of its own on the server of the tests. */
export async function freshStore(): Promise<FreshStore> {
  const url = SERVER.replace(/\/\d*$/, `/${DATABASE}`)
  const prefix = `test-${randomUUID()}-`
  const client = new Redis(url, { protocol: 2 })
  return {
    url,
    options: { globalKeyprefix: prefix },
    client,
    async sever() {
      const lines = String(await client.client('LIST')).split('\n')
      const others = lines.filter(line => line.includes(` db=${DATABASE} `))
      const own = String(await client.client('ID'))
      for (const line of others) {
        const id = /^id=(\d+)/.exec(line)?.[1] ?? ''
        if (id !== own) await client.client('KILL', 'ID', id)
      }
    },
    async teardown() {
      const keys = await client.keys(`${prefix}*`)
      if (keys.length > 0) await client.del(...keys)
      await client.quit()
    }
  }
}
