import { join } from 'node:path'
import { describeBackend } from '@umbel/backend/conformance'
import { sqlBackend } from '@umbel/backend-sql'
import { temporaryFolder } from './folder.js'

describeBackend('sqlite', async () => {
  const folder = temporaryFolder()
  return {
    factory: sqlBackend(),
    url: `sqlite://${join(folder.path, 'results.db')}`,
    teardown: async () => folder.dispose()
  }
})
