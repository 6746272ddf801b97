import { describeBackend } from '@umbel/backend/conformance'
import { sqlBackend } from '@umbel/backend-sql'
import { createTestDatabase, describePostgres } from '@umbel/test-kit/postgres'

describePostgres('PostgreSQL', () => {
  describeBackend(
    'postgres',
    async () => {
      const database = await createTestDatabase()
      return {
        factory: sqlBackend(),
        url: database.url,
        sever: () => database.sever(),
        teardown: () => database.dispose()
      }
    },
    { severs: true }
  )
})
