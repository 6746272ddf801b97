import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from '@jest/globals'
import { describeMailbox, type MailboxSetup } from '@umbel/control/conformance'
import { memory } from '@umbel/memory'
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

/** Skipped where no server is; `npm test` says so. */
function describeOn(name: string, variable: string, setup: (url: string) => MailboxSetup): void {
  const url = process.env[variable]
  if (url === undefined) describe.skip(`mailbox on ${name}`, () => it(`needs ${variable}`, nothing))
  else describeMailbox(name, async () => setup(url))
}
