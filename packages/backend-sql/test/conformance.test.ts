import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { lastingBackend, PackedBackend } from '@umbel/backend'
import { describeBackend, type SetupBackend } from '@umbel/backend/conformance'
import { defaultCompressions, defaultSerializers, ResultCodec } from '@umbel/protocol'
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

// Whatever form results have, the store keeps its rules.
describeBackend('sqlite with packed results', async () => {
  const { factory, ...rest } = await setup()
  const codecs = { serializers: defaultSerializers, compressions: defaultCompressions, accept: new Set<string>() }
  const codec = new ResultCodec(codecs, { serializer: 'json', compression: 'gzip' })
  const connect: typeof factory.connect = async (url, options) =>
    new PackedBackend(await factory.connect(url, options), codec)
  return { ...rest, factory: { ...factory, connect } }
})
