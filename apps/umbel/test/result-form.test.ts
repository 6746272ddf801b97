import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { redisBackend } from '@umbel/backend-redis'
import {
  acceptSet,
  defaultCompressions,
  defaultSerializers,
  ResultCodec,
  UnknownSerializerError
} from '@umbel/protocol'
import { SqlDatabases } from '@umbel/sql'
import { until } from '@umbel/test-kit'
import type { Delivery } from '@umbel/transport'
import { Umbel, type UmbelOptions } from '../src/index.js'
import { Project } from './support/project.js'

const TASKS = `
import { Umbel } from 'umbel'
export const app = new Umbel('form', { ...JSON.parse(process.env.SETTINGS ?? '{}') })
app.task('repeat', (text: string, times: number): string => text.repeat(times))
app.task('length', (texts: string[]): number => texts.join('').length)
app.task('fail', (): never => {
  throw new RangeError('no')
})
`
const WORDS = 'word '.repeat(2000)
const COMPACT = { resultSerializer: 'msgpack', resultCompression: 'gzip', resultAcceptContent: ['msgpack'] }
const SERVERS = [process.env['UMBEL_TEST_REDIS'] ?? '', process.env['UMBEL_TEST_RABBITMQ'] ?? ''] as const

let project: Project
const apps: Umbel[] = []

beforeEach(() => {
  project = new Project({ 'tasks.ts': TASKS })
})

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
  await project.remove()
})

/** A worker and a client of the same settings. */
async function start(settings: UmbelOptions): Promise<Umbel> {
  const env = { SETTINGS: JSON.stringify(settings) }
  await project.start(['-A', './tasks.ts', 'worker', '-l', 'info', '-c', '2'], { env }).prints(/ ready\./)
  return client(settings)
}

function client(settings: UmbelOptions): Umbel {
  const app = new Umbel('form', settings)
  apps.push(app)
  return app
}

/** Values, errors and chords come through; answers the id of a long value. */
async function use(app: Umbel): Promise<string> {
  const long = app.sendTask('repeat', ['word ', 2000])
  expect(await long.get({ timeout: 10 })).toBe(WORDS)
  await expect(app.sendTask('fail').get({ timeout: 10 })).rejects.toThrow('no')
  const header = [2, 3].map(times => app.signature('repeat', ['ab', times]))
  const chord = await app.chord(header, app.signature<[unknown]>('length')).delay()
  expect(await chord.get({ timeout: 10 })).toBe(10)
  return (await long).id
}

async function storedInFile(id: string): Promise<string> {
  const database = await new SqlDatabases().open(`sqlite://${project.path('results.db')}`)
  try {
    const [row] = await database.read(session => session.all('SELECT result FROM umbel_result WHERE id = ?', [id]))
    return String(row?.['result'])
  } finally {
    await database.close()
  }
}

describe('results are kept as result_serializer and result_compression say', () => {
  it('[CF-64][RB-28] in an SQLite file: JSON by default, as text that names its form where they say so', async () => {
    const url = `sqlite://${project.path('results.db')}`
    const plain = await start({ broker: url, backend: url, taskDefaultQueue: 'plain' })
    expect(await storedInFile(await use(plain))).toBe(JSON.stringify(WORDS))
    const compact = await start({ broker: url, backend: url, taskDefaultQueue: 'compact', ...COMPACT })
    const kept = await storedInFile(await use(compact))
    expect(kept).toMatch(/^"data:application\/x-msgpack;compression=application\/x-gzip;base64,/)
    expect(kept.length).toBeLessThan(500)
  }, 30_000)

  it('[CF-64][RB-28] in Redis, records as Celery keeps them', async () => {
    const queue = `form-${randomUUID()}`
    const redis = { broker: SERVERS[0], backend: SERVERS[0], taskDefaultQueue: queue }
    const prefix = { resultBackendTransportOptions: { global_keyprefix: queue } }
    const id = await use(await start({ ...redis, ...prefix, ...COMPACT }))
    const codecs = {
      serializers: defaultSerializers,
      compressions: defaultCompressions,
      accept: acceptSet(['msgpack'])
    }
    const load = async (codec: ResultCodec) => {
      const store = await redisBackend().connect(SERVERS[0], { transportOptions: { global_keyprefix: queue }, codec })
      const [meta] = await store.load([id])
      await store.close()
      return meta
    }
    const same = new ResultCodec(codecs, { serializer: 'msgpack', compression: 'zlib' })
    expect(await load(same)).toMatchObject({ task_id: id, status: 'SUCCESS', result: WORDS })
    // It reads what is compressed, and finds no JSON there.
    expect(await load(new ResultCodec(codecs, { serializer: 'json' }))).toMatchObject({ status: 'FAILURE' })
  }, 30_000)

  it('[CF-64][RB-28] in replies over RabbitMQ, which name both', async () => {
    const [queue, reply] = [`form-${randomUUID()}`, `form-${randomUUID()}`]
    const settings = { broker: SERVERS[1], backend: 'rpc://', taskDefaultQueue: queue, ...COMPACT }
    const app = await start(settings)
    expect(await app.sendTask('repeat', ['word ', 2000]).get({ timeout: 10 })).toBe(WORDS)
    const connection = await app.connectionForWrite()
    const channel = await connection.openChannel()
    await channel.declare({ queues: [{ name: reply, arguments: { 'x-expires': 60_000 } }] })
    const got: Delivery[] = []
    await channel.consume([reply], { deliver: batch => void got.push(...batch), lost: () => {} }, { prefetch: 0 })
    await client({ ...settings, backend: 'disabled' }).sendTask('repeat', ['word ', 2000], { replyTo: reply })
    await until(() => got.length === 1, { what: 'the reply' })
    const { properties, headers, body } = got[0]?.message ?? { properties: {}, headers: {}, body: new Uint8Array() }
    expect(properties).toMatchObject({ contentType: 'application/x-msgpack', contentEncoding: 'binary' })
    expect(headers).toEqual({ compression: 'application/x-gzip' })
    expect(body.length).toBeLessThan(1000)
    // That of the replies is ours, and expires.
    await channel.delete(queue)
    await connection.close()
  }, 30_000)

  it('[CF-64] json and no compression are the defaults, and what nobody registered is refused', async () => {
    const { conf } = client({ backend: 'memory://' })
    expect([conf.resultSerializer, conf.resultCompression]).toEqual(['json', undefined])
    const wrong = client({ broker: 'memory://', backend: 'memory://', resultSerializer: 'bson' })
    await expect(wrong.asyncResult('id').state()).rejects.toBeInstanceOf(UnknownSerializerError)
    const other = client({ broker: 'memory://', backend: 'memory://', resultCompression: 'nope' })
    await expect(other.asyncResult('id').state()).rejects.toThrow('unknown compression "nope"')
  })
})
