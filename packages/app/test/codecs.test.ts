import { afterEach, describe, expect, it } from '@jest/globals'
import { type Compression, ContentDisallowedError, jsonSerializer, parseTask, type Serializer } from '@umbel/protocol'
import type { Umbel } from '../src/index.js'
import type { UmbelOptions } from '../src/options.js'
import { createApp, rejection, takeOne } from './kit.js'

const open: Umbel[] = []
const make = (options: UmbelOptions): Umbel => {
  const app = createApp(options)
  open.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()))
})

/** JSON is YAML: what a library would be here. */
const yaml: Serializer = { ...jsonSerializer, name: 'yaml', contentType: 'application/x-yaml' }
const flip = (body: Uint8Array): Uint8Array => body.map(byte => byte ^ 0xff)
const bzip2: Compression = {
  name: 'bzip2',
  aliases: ['bzip'],
  contentType: 'application/x-bz2',
  compress: flip,
  decompress: flip
}

describe('serializers and compressions of the application’s own', () => {
  it('[C-15][C-17] are registered by the application, and named by settings, tasks and calls; the message records both', async () => {
    const app = make({ serializers: [yaml], compressions: [bzip2], taskSerializer: 'yaml', acceptContent: ['yaml'] })
    const add = app.task('add', { compression: 'bzip' }, (x: number) => x)
    await add.delay(1)
    const { delivery, body } = await takeOne(app)
    expect(body.args).toEqual([1])
    expect(delivery.message.properties).toMatchObject({ contentType: 'application/x-yaml', contentEncoding: 'utf-8' })
    expect(delivery.message.headers['compression']).toBe('application/x-bz2')
    const other = make({})
    expect(() => parseTask(delivery.message, other.services.codecs())).toThrow(ContentDisallowedError)
  })

  it('that are missing are refused with the way to register them', async () => {
    const app = make({})
    for (const serializer of ['auth', 'bson'])
      expect((await rejection(app.sendTask('x', [], { serializer }))).message).toMatch(
        new RegExp(`^unknown serializer "${serializer}"; known: json, .*`)
      )
    for (const compression of ['bzip2', 'lzma', 'xz'])
      expect((await rejection(app.sendTask('x', [], { compression }))).message).toMatch(
        new RegExp(`^unknown compression "${compression}"; known: zlib, gzip, brotli.*registered with new Umbel`)
      )
  })

  it.each([
    ['json', 'application/json', 'utf-8'],
    ['yaml', 'application/x-yaml', 'utf-8'],
    ['msgpack', 'application/x-msgpack', 'binary']
  ])('[C-15] come with %s, which the message records', async (serializer, contentType, contentEncoding) => {
    const app = make({ acceptContent: [serializer] })
    await app.sendTask('x', [1, 'é'], { kwargs: { deep: [{ a: null }] }, serializer })
    const { delivery, body } = await takeOne(app)
    expect(delivery.message.properties).toMatchObject({ contentType, contentEncoding })
    expect(body).toMatchObject({ args: [1, 'é'], kwargs: { deep: [{ a: null }] } })
  })

  it('[C-15] come with raw, which takes bytes and text, and so no arguments of tasks', async () => {
    const app = make({})
    const raw = app.services.codecs().serializers.byName('raw')
    expect(raw).toMatchObject({ contentType: 'application/data', contentEncoding: 'binary' })
    const bytes = Buffer.from([0, 1, 255])
    expect(raw.decode(raw.encode(bytes))).toEqual(bytes)
    expect((await rejection(app.sendTask('x', [1], { serializer: 'raw' }))).message).toContain('takes bytes or text')
  })

  it.todo('[C-15] auth: signed messages')
  it.todo('[C-17] bzip2, lzma and xz, which Node does not have')

  it('[C-17] the call goes before the task, and the task before the setting', async () => {
    const app = make({ taskCompression: 'zlib' })
    const own = app.task('own', { compression: 'brotli' }, (x: string) => x)
    await own.delay('x')
    expect((await takeOne(app)).delivery.message.headers['compression']).toBe('application/x-brotli')
    await own.applyAsync(['x'], { compression: 'gzip' })
    expect((await takeOne(app)).delivery.message.headers['compression']).toBe('application/x-gzip')
    await app.sendTask('other', ['x'])
    expect((await takeOne(app)).delivery.message.headers['compression']).toBe('application/x-gzip')
  })

  it.each(['gzip', 'zlib', 'brotli'])(
    '[C-17] come with %s, and are read by whoever reads the header',
    async compression => {
      const app = make({})
      await app.sendTask('x', ['word '.repeat(1000)], { compression })
      const { delivery, body } = await takeOne(app)
      expect(delivery.message.body.length).toBeLessThan(500)
      expect(body.args).toEqual(['word '.repeat(1000)])
    }
  )
})
