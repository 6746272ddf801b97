import { join } from 'node:path'
import { describeTransport } from '@umbel/transport/conformance'
import { sql } from '@umbel/transport-sql'
import { temporaryFolder } from '@umbel/test-kit'

describeTransport('sqlite', async () => {
  const folder = temporaryFolder()
  return { transport: sql(), url: `sqlite://${join(folder.path, 'umbel.db')}`, teardown: async () => folder.dispose() }
})
