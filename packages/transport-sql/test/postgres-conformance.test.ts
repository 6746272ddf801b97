import { describeTransport } from '@umbel/transport/conformance'
import { sql } from '@umbel/transport-sql'
import { createTestDatabase, describePostgres } from '@umbel/test-kit/postgres'

describePostgres('PostgreSQL', () => {
  describeTransport('postgres', async () => {
    const database = await createTestDatabase()
    return { transport: sql(), url: database.url, teardown: () => database.dispose() }
  })
})
