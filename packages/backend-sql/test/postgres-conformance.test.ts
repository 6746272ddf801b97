import { describeBackend } from '@umbel/backend/conformance'
import { sqlBackend } from '@umbel/backend-sql'
import { createTestDatabase, describePostgres } from './postgres.js'

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
