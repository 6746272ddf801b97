import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { acceptSet, defaultCompressions, defaultSerializers, type Message, parseTask } from '@umbel/protocol'
import { createDeferred } from '@umbel/runtime'
import type { Delivery } from '@umbel/transport'
import { sql } from '@umbel/transport-sql'
import { umbel } from './support/in-process.js'

let folder: string
let broker: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbel-cli-'))
  broker = `sqlite://${join(folder, 'umbel.db')}`
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const codecs = { serializers: defaultSerializers, compressions: defaultCompressions, accept: acceptSet(['json']) }

function read(message: Message) {
  const parsed = parseTask(message, codecs)
  return { headers: parsed.headers, ...parsed.decodeBody() }
}

/** The first message of a queue. */
async function take(queue: string): Promise<Delivery> {
  const connection = await sql().connect(broker)
  const found = createDeferred<Delivery>()
  try {
    const channel = await connection.openChannel()
    await channel.declare({ queues: [{ name: queue }] })
    const sink = { deliver: ([first]: readonly Delivery[]) => first && found.resolve(first), lost: () => undefined }
    await channel.consume([queue], sink, { prefetch: 1 })
    return await found.promise
  } finally {
    await connection.close()
  }
}

async function call(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await umbel(['-b', broker, 'call', ...words])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^[\da-f-]{36}\n$/)
  return stdout.trim()
}

describe('umbel call', () => {
  it('[CLI-27] sends arguments and keywords to the default queue and prints the id', async () => {
    const id = await call('tasks.add', '--args', '[2, "zwei"]', '--kwargs', '{"z": null}')
    const { headers, args, kwargs } = read((await take('celery')).message)
    expect({ id: headers.id, task: headers.task, args, kwargs }).toEqual({
      id,
      task: 'tasks.add',
      args: [2, 'zwei'],
      kwargs: { z: null }
    })
  })

  it('[CLI-27] takes -a, -k, --queue, --serializer and --expires in seconds or as a time', async () => {
    const before = Date.now()
    const id = await call(
      'tasks.add',
      '-a',
      '[1]',
      '-k',
      '{"y": 2}',
      '--queue',
      'lopri',
      '--serializer',
      'json',
      '--expires',
      '60.5'
    )
    const { message, queue } = await take('lopri')
    const { headers, args, kwargs } = read(message)
    expect({ queue, id: headers.id, args, kwargs }).toEqual({ queue: 'lopri', id, args: [1], kwargs: { y: 2 } })
    expect(message.properties.contentType).toBe('application/json')
    const expires = Date.parse(String(headers.expires))
    expect(expires).toBeGreaterThanOrEqual(before + 60_000)
    expect(expires).toBeLessThan(Date.now() + 61_000)

    await call('tasks.add', '--queue', 'later', '--expires', '2999-01-01T00:00:00+01:00')
    expect(read((await take('later')).message).headers.expires).toBe('2999-01-01T00:00:00+01:00')
  })

  it('[CLI-27] delays with --eta and --countdown', async () => {
    const eta = new Date(Date.now() + 300).toISOString()
    await call('tasks.add', '--eta', eta)
    expect(read((await take('celery')).message).headers.eta).toBe(eta)
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(eta))

    const before = Date.now()
    await call('tasks.add', '--countdown', '0.2', '--queue', 'counted')
    const due = Date.parse(String(read((await take('counted')).message).headers.eta))
    expect(due).toBeGreaterThanOrEqual(before + 200)
    expect(due).toBeLessThanOrEqual(Date.now() + 200)
  })

  it('[CLI-27] publishes to --exchange with --routing-key', async () => {
    const connection = await sql().connect(broker)
    const channel = await connection.openChannel()
    await channel.declare({
      exchanges: [{ name: 'news', type: 'topic' }],
      queues: [{ name: 'sport' }],
      bindings: [{ exchange: 'news', queue: 'sport', routingKey: 'sport.#' }]
    })
    await connection.close()
    const id = await call('tasks.add', '--exchange', 'news', '--routing-key', 'sport.chess')
    const { message, exchange, routingKey } = await take('sport')
    expect({ id: read(message).headers.id, exchange, routingKey }).toEqual({
      id,
      exchange: 'news',
      routingKey: 'sport.chess'
    })
  })

  it('says what is wrong with a serializer that there is not', async () => {
    const { code, stderr } = await umbel(['-b', broker, 'call', 'tasks.add', '--serializer', 'jsno'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/jsno/)
  })
})

describe('umbel purge', () => {
  const purge = (words: readonly string[], input?: string) =>
    umbel(['-b', broker, 'purge', ...words], input === undefined ? {} : { input })

  it('[CLI-29] asks first, and deletes on yes', async () => {
    await call('tasks.add')
    await call('tasks.add')
    for (const no of ['n\n', '\n', '']) {
      const { code, stdout, stderr } = await purge([], no)
      expect(stdout).toMatch(
        /WARNING: this deletes all tasks that wait in the queue celery\.\n[^]*-f does not ask[^]*\[y\/N\]/
      )
      expect({ code, stderr }).toEqual({ code: 1, stderr: 'Aborted!\n' })
    }
    const { code, stdout } = await purge([], 'y\n')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Purged 2 messages from 1 known task queue\.\n$/)
  })

  it('[CLI-29] takes -f, -Q and -X, and counts', async () => {
    for (const queue of ['a', 'a', 'b', 'c']) await call('tasks.add', '--queue', queue)
    expect(await purge(['--force', '-Q', 'a,b,c', '-X', 'b,c'])).toMatchObject({
      code: 0,
      stdout: 'Purged 2 messages from 1 known task queue.\n'
    })
    expect((await purge(['-f', '--queues', 'a,b', '--exclude-queues', 'c'])).stdout).toBe(
      'Purged 1 message from 2 known task queues.\n'
    )
    expect((await purge(['-f', '-Q', 'a,b'])).stdout).toBe('No messages purged from 2 queues.\n')
    expect((await purge(['-f'])).stdout).toBe('No messages purged from 1 queue.\n')
    expect((await purge(['-f', '-Q', 'c'])).stdout).toBe('Purged 1 message from 1 known task queue.\n')
  })

  it('refuses to do nothing at all', async () => {
    expect(await purge(['-f', '-Q', 'a', '-X', 'a'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no queue is left')
    })
  })
})

describe('umbel report', () => {
  it('[CLI-37][SEC-16] prints versions, transport, results and settings without secrets', async () => {
    const urls = ['-b', 'memory://user:topsecret@host/1', '--result-backend', 'memory://user:topsecret@host/2']
    const { code, stdout } = await umbel([...urls, 'report'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/software -> umbel:\d+\.\d+\.\d+ node:\d+/)
    expect(stdout).toMatch(/platform -> system:\w+ arch:\w+\n +kernel version:\S+/)
    expect(stdout).toMatch('settings -> transport:memory://user:**@host/1 results:memory://user:**@host/2')
    expect(stdout).toMatch(/^broker_url: 'memory:\/\/user:\*+@host\/1'$/m)
    expect(stdout).not.toContain('topsecret')
  })
})
