import { describeBackend } from '@umbel/backend/conformance'
import { memoryBackend } from '@umbel/memory'

const teardown = async (): Promise<void> => {}

describeBackend('memory', async () => ({ factory: memoryBackend(), url: 'memory://results', teardown }))
describeBackend('cache+memory', async () => ({ factory: memoryBackend(), url: 'cache+memory://', teardown }))
