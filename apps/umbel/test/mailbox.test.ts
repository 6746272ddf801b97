import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { broadcast, Mailbox, Node } from '@umbel/control'
import { describeMailbox, type MailboxSetup } from '@umbel/control/conformance'
import { memory } from '@umbel/memory'
import { silentLogger } from '@umbel/runtime'
import { FakeClock } from '@umbel/runtime/conformance'
import { until } from '@umbel/test-kit'
import { amqp } from '@umbel/transport-amqp'
import { redis } from '@umbel/transport-redis'
import { sql } from '@umbel/transport-sql'
import { createTestDatabase, describePostgres } from '@umbel/test-kit/postgres'

const nothing = async (): Promise<void> => {}

describeMailbox('memory', async () => ({ transport: memory(), url: 'memory://mailbox', teardown: nothing }))

describeMailbox('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-mailbox-'))
  const teardown = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
  return { transport: sql(), url: `sqlite://${join(folder, 'umbel.db')}`, teardown }
})

describePostgres('with a server', () => {
  describeMailbox('PostgreSQL', async () => {
    const { url, dispose } = await createTestDatabase()
    return { transport: sql(), url, teardown: dispose }
  })
})

describeOn('Redis', 'UMBEL_TEST_REDIS', url => ({
  transport: redis(),
  url,
  options: { transportOptions: { global_keyprefix: `umbel-mailbox-${process.pid}:` } },
  teardown: nothing
}))

describeOn('RabbitMQ', 'UMBEL_TEST_RABBITMQ', url => ({ transport: amqp(), url, teardown: nothing }))

describe('a mailbox that went with its lease', () => {
  it('is declared anew by its node', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'umbel-mailbox-'))
    const connection = await sql().connect(`sqlite://${join(folder, 'umbel.db')}`)
    const time = new FakeClock()
    const mailbox = new Mailbox({ time })
    const handle = (): unknown => 'here'
    try {
      await Node.listen(connection, { hostname: 'w@h', mailbox, handle, logger: silentLogger })
      const ask = async (): Promise<number> =>
        (await broadcast(connection, new Mailbox(), { command: 'ping', reply: true, limit: 1, timeout: 0.2 })).length
      expect(await ask()).toBe(1)
      await (await connection.openChannel()).delete(mailbox.queueOf('w@h'))
      expect(await ask()).toBe(0)
      await time.advance(30_000)
      await until(async () => (await ask()) === 1)
    } finally {
      await connection.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** Skipped where no server is; `npm test` says so. */
function describeOn(name: string, variable: string, setup: (url: string) => MailboxSetup): void {
  const url = process.env[variable]
  if (url === undefined) describe.skip(`mailbox on ${name}`, () => it(`needs ${variable}`, nothing))
  else describeMailbox(name, async () => setup(url))
}
