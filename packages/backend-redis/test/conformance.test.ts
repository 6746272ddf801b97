import { lastingBackend } from '@umbel/backend'
import { describeBackend, type SetupBackend } from '@umbel/backend/conformance'
import { redisBackend } from '@umbel/backend-redis'
import { freshStore } from './fresh-store.js'

const setup: SetupBackend = async () => {
  const { url, options, sever, teardown } = await freshStore()
  const { connect, ...factory } = redisBackend()
  const prefixed: typeof connect = (to, more) => connect(to, { ...more, transportOptions: options })
  return { factory: { ...factory, connect: prefixed }, url, sever, teardown }
}

describeBackend('redis', setup, { severs: true })

describeBackend('redis behind lastingBackend', async () => {
  const { factory, ...rest } = await setup()
  const connect: typeof factory.connect = (url, options) => lastingBackend(() => factory.connect(url, options))
  return { ...rest, factory: { ...factory, connect } }
})
