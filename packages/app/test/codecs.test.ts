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
  it('are registered by the application, and named by settings, tasks and calls; the message records both', async () => {
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

  it.each(['gzip', 'zlib', 'brotli'])('come with %s, and are read by whoever reads the header', async compression => {
    const app = make({})
    await app.sendTask('x', ['word '.repeat(1000)], { compression })
    const { delivery, body } = await takeOne(app)
    expect(delivery.message.body.length).toBeLessThan(500)
    expect(body.args).toEqual(['word '.repeat(1000)])
  })
})
