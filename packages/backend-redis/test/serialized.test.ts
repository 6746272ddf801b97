import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { successMeta } from '@umbel/backend'
import { describeBackend } from '@umbel/backend/conformance'
import { redisBackend } from '@umbel/backend-redis'
import {
  acceptSet,
  defaultCompressions,
  defaultSerializers,
  msgpackSerializer,
  ResultCodec,
  type ResultForm
} from '@umbel/protocol'
import { type FreshStore, freshStore } from './fresh-store.js'

const codecOf = (form: ResultForm, accepted = ['json', 'yaml', 'msgpack']): ResultCodec =>
  new ResultCodec(
    { serializers: defaultSerializers, compressions: defaultCompressions, accept: acceptSet(accepted) },
    form
  )

const FORMS: readonly ResultForm[] = [
  { serializer: 'msgpack' },
  { serializer: 'yaml' },
  { serializer: 'json', compression: 'gzip' },
  { serializer: 'msgpack', compression: 'brotli' }
]

// What the scripts in the server cannot read obeys every rule of a store all the same.
describeBackend('redis with compressed JSON', async () => {
  const { url, options, teardown } = await freshStore()
  const { connect, ...factory } = redisBackend()
  const codec = codecOf({ serializer: 'json', compression: 'zlib' })
  const encoding: typeof connect = (to, more) => connect(to, { ...more, codec, transportOptions: options })
  return { factory: { ...factory, connect: encoding }, url, teardown }
})

describe('records in Redis', () => {
  let store: FreshStore

  beforeEach(async () => {
    store = await freshStore()
  })

  afterEach(async () => {
    await store.teardown()
  })

  const connect = (codec?: ResultCodec) =>
    redisBackend().connect(store.url, { transportOptions: store.options, ...(codec === undefined ? {} : { codec }) })

  const meta = successMeta(
    { taskId: 'id', now: 0, children: [] },
    { text: 'word '.repeat(2000), list: [1, null, true] }
  )

  it.each(FORMS)('[RB-28] are kept as %j says, and read again', async form => {
    const codec = codecOf(form)
    const backend = await connect(codec)
    await backend.store([meta])
    expect(await backend.load(['id'])).toEqual([meta])
    const key = `${String(store.options['globalKeyprefix'])}celery-task-meta-id`
    const kept = (await store.client.getBuffer(key)) ?? Buffer.alloc(0)
    const own = Buffer.from(codec.encodeMeta(meta))
    expect(kept.equals(own)).toBe(true)
    if (form.compression !== undefined) expect(kept.length).toBeLessThan(1000)
    else expect(kept.length).toBeGreaterThan(10_000)
    await backend.forget(['id'])
    expect(await store.client.keys(`${String(store.options['globalKeyprefix'])}*`)).toEqual([])
    await backend.close()
  })

  it('[RB-28] are MessagePack from the first byte, as Celery’s, and JSON by default', async () => {
    const packed = await connect(codecOf({ serializer: 'msgpack' }))
    const plain = await connect()
    await packed.store([meta])
    await plain.store([{ ...meta, task_id: 'other' }])
    const prefix = String(store.options['globalKeyprefix'])
    const bytes = await store.client.getBuffer(`${prefix}celery-task-meta-id`)
    expect(msgpackSerializer.decode(bytes ?? Buffer.alloc(0))).toEqual(meta)
    expect(await store.client.get(`${prefix}celery-task-meta-other`)).toMatch(/^\{"status": "SUCCESS", /)
    await Promise.all([packed.close(), plain.close()])
  })

  it('[RB-28] what is not accepted is told as such, not decoded', async () => {
    const writer = await connect(codecOf({ serializer: 'msgpack' }))
    await writer.store([meta])
    const reader = await connect(codecOf({ serializer: 'msgpack' }, ['json']))
    const [read] = await reader.load(['id'])
    expect(read).toMatchObject({ status: 'FAILURE', result: { exc_type: 'BackendGetMetaError' } })
    expect(JSON.stringify(read?.result)).toContain('application/x-msgpack')
    await Promise.all([writer.close(), reader.close()])
  })
})
