import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ResultBackend } from '@umbel/backend'
import { redisBackend } from '@umbel/backend-redis'
import { groupTuple, type ResultMeta, type SignatureData, taskTuple } from '@umbel/protocol'
import { until } from '@umbel/test-kit'
import { type FreshStore, freshStore } from './fresh-store.js'

interface Entry {
  readonly key: string
  readonly type: 'string' | 'zset' | 'set'
  readonly value: string | readonly string[] | readonly (readonly [string, number])[]
  readonly ttl: number
}

/** What the real Celery kept: e2e/vectors/redis_results.py. */
const recorded = JSON.parse(readFileSync(new URL('../../test/vectors/celery.json', import.meta.url), 'utf8')) as {
  readonly prefix: string
  readonly entries: readonly Entry[]
}

const body: SignatureData = {
  task: 't.tsum',
  args: [],
  kwargs: {},
  options: { task_id: 'body' },
  subtask_type: null,
  immutable: false
}

let store: FreshStore
let backend: ResultBackend
let prefix: string

beforeEach(async () => {
  store = await freshStore()
  prefix = String(store.options['globalKeyprefix'])
  backend = await redisBackend().connect(store.url, { expires: 3600, transportOptions: store.options })
})

afterEach(async () => {
  await backend.close()
  await store.teardown()
})

/** The recorded keys, under the prefix of this test. */
async function replay(): Promise<void> {
  for (const { key, type, value, ttl } of recorded.entries) {
    const own = key.replace(recorded.prefix, prefix)
    if (type === 'string') await store.client.set(own, value as string)
    else if (type === 'set') await store.client.sadd(own, ...(value as readonly string[]))
    else for (const [member, score] of value as readonly [string, number][]) await store.client.zadd(own, score, member)
    await store.client.expire(own, ttl)
  }
}

function textOf(stem: string): string {
  return recorded.entries.find(({ key }) => key === recorded.prefix + stem)?.value as string
}

describe('beside Celery', () => {
  it('reads results and groups that Python stored', async () => {
    await replay()
    const [success, failure, started] = await backend.load(['success', 'failure', 'started'])
    expect(success).toMatchObject({ status: 'SUCCESS', result: { n: 2n ** 80n, é: [null, 1.5] } })
    expect(failure).toMatchObject({ status: 'FAILURE', traceback: 'Traceback: boom' })
    expect(failure?.result).toMatchObject({ exc_type: 'ValueError', exc_message: ['boom', 42] })
    expect(started).toMatchObject({ status: 'STARTED', result: { pid: 7, hostname: 'w@h' } })
    expect(await backend.loadGroup('group')).toEqual(groupTuple('group', [taskTuple('a'), taskTuple('b')]))
  })

  it('writes results and groups to the byte as Python does, with its time to live, and tells subscribers', async () => {
    await replay()
    const metas = await backend.load(['success', 'failure', 'started'])
    await store.client.del(...['success', 'failure', 'started'].map(id => `${prefix}celery-task-meta-${id}`))
    await backend.store(metas.flatMap(meta => meta ?? []))
    await backend.saveGroup('group', groupTuple('group', [taskTuple('a'), taskTuple('b')]))
    for (const stem of [
      'celery-task-meta-success',
      'celery-task-meta-failure',
      'celery-task-meta-started',
      'celery-taskset-meta-group'
    ]) {
      expect(await store.client.get(prefix + stem)).toBe(textOf(stem))
      expect(await store.client.ttl(prefix + stem)).toBeGreaterThan(3590)
    }
  })

  it('counts beside Python: its part and ours complete the chord that it opened', async () => {
    await replay()
    const meta = {
      task_id: 'second',
      status: 'SUCCESS',
      result: 4,
      traceback: null,
      children: [],
      date_done: null
    } as const
    const [join] = await backend.storeParts([{ groupId: 'chord', index: 0, meta, body }])
    expect(join).toMatchObject({ groupId: 'chord', body: { task: 't.tsum' } })
    const parts = join !== undefined && 'parts' in join ? join.parts : []
    expect(parts.map(({ task_id: id, result }) => [id, result])).toEqual([
      ['second', 4],
      ['first', 3]
    ])
    const stem = `${prefix}celery-taskset-meta-chord`
    expect(await store.client.exists(`${stem}.j`, `${stem}.s`, `${stem}.d`)).toBe(0)
    // Celery counts nothing more of it.
    expect(await store.client.get(`${stem}.c`)).toBe('done')
  })

  it('counts a part to the byte as Python does', async () => {
    await backend.openChord('chord', 2, body)
    const meta = {
      task_id: 'first',
      status: 'SUCCESS',
      result: 3,
      traceback: null,
      children: [],
      date_done: null
    } as const
    await backend.storeParts([{ groupId: 'chord', index: 1, meta }])
    const stem = 'celery-taskset-meta-chord'
    expect(await store.client.get(`${prefix}${stem}.s`)).toBe(textOf(`${stem}.s`))
    expect(await store.client.zrange(`${prefix}${stem}.j`, 0, '-1')).toEqual(['[1, "first", "SUCCESS", 3]'])
    expect(await store.client.smembers(`${prefix}${stem}.d`)).toEqual(['first:1'])
  })

  it('leaves a chord to the Python worker that has claimed it, or has done it', async () => {
    const meta = {
      task_id: 'second',
      status: 'SUCCESS',
      result: 4,
      traceback: null,
      children: [],
      date_done: null
    } as const
    const stem = `${prefix}celery-taskset-meta-chord`
    for (const claim of ['token', 'done']) {
      await replay()
      await store.client.set(`${stem}.c`, claim)
      expect(await backend.storeParts([{ groupId: 'chord', index: 0, meta, body }])).toEqual([undefined])
      expect(await backend.pendingJoins(0)).toEqual([])
      await store.client.del(`${stem}.c`, `${stem}.j`, `${stem}.d`, `${stem}.umbel`)
    }
  })
})

it('reads what Celery 5.7 compressed, and tells of what it cannot read as a failure beside its neighbours', async () => {
  const kept = (id: string): string => `${prefix}celery-task-meta-${id}`
  const record = (id: string): string =>
    `{"status": "SUCCESS", "result": [1, "ü"], "traceback": null, "children": [], "date_done": null, "task_id": "${id}"}`
  const header = Buffer.from('\0celery-compressed\0application/x-gzip\0')
  const told: ResultMeta[] = []
  const watch = await backend.watch(['zipped', 'pickled'], batch => told.push(...batch))
  const zipped = Buffer.concat([header, deflateSync(record('zipped'))])
  await store.client.set(kept('zipped'), zipped)
  await store.client.set(kept('pickled'), Buffer.from('8004950b000000000000007d942e', 'hex'))
  await store.client.set(kept('plain'), record('plain'))
  const success = { status: 'SUCCESS', result: [1, 'ü'] }
  const [first, second, third] = await backend.load(['zipped', 'pickled', 'plain'])
  expect([first, third]).toMatchObject([success, success])
  const why = expect.stringContaining(
    'pickled cannot be read: it is no JSON but looks pickled: result_serializer must be'
  )
  expect(second).toMatchObject({ status: 'FAILURE', result: { exc_type: 'BackendGetMetaError', exc_message: [why] } })
  await store.client.publish(kept('zipped'), zipped)
  await store.client.publish(kept('pickled'), Buffer.from('80', 'hex'))
  await until(() => told.length === 2)
  expect(told.map(({ task_id: id, status }) => [id, status])).toEqual([
    ['zipped', 'SUCCESS'],
    ['pickled', 'FAILURE']
  ])
  await watch.close()
})

it('runs its scripts again after the server has forgotten them', async () => {
  await backend.openChord('one', 1, body)
  await store.client.script('FLUSH')
  await backend.openChord('two', 1, body)
  const meta = {
    task_id: 'only',
    status: 'SUCCESS',
    result: 1,
    traceback: null,
    children: [],
    date_done: null
  } as const
  expect(await backend.storeParts([{ groupId: 'two', index: 0, meta }])).toMatchObject([{ groupId: 'two' }])
})

it('names what it cannot connect to, without the password', async () => {
  const connect = (url: string, transportOptions = {}) => redisBackend().connect(url, { transportOptions })
  await expect(connect('redis://user:secret@127.0.0.1:1/0')).rejects.toThrow(
    /result store: cannot connect to redis:\/\/user:\*\*@127/
  )
  await expect(connect('redis://127.0.0.1/zero')).rejects.toThrow("expected the number of a database, got 'zero'")
  await expect(connect(store.url, { globalKeyprefix: 5 })).rejects.toThrow(
    'global_keyprefix: expected a string, got number: 5'
  )
})
