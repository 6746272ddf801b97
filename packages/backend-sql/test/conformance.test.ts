import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { lastingBackend } from '@umbel/backend'
import { describeBackend, type SetupBackend } from '@umbel/backend/conformance'
import { sqlBackend } from '@umbel/backend-sql'
import { temporaryFolder } from '@umbel/test-kit'

const setup: SetupBackend = async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'results.db')
  return {
    factory: sqlBackend(),
    url: `sqlite://${path}`,
    sever: async () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
    },
    teardown: async () => folder.dispose()
  }
}

describeBackend('sqlite', setup, { severs: true })

describeBackend('sqlite behind lastingBackend', async () => {
  const { factory, ...rest } = await setup()
  const connect: typeof factory.connect = (url, options) => lastingBackend(() => factory.connect(url, options))
  return { ...rest, factory: { ...factory, connect } }
})
