import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJson } from '@umbel/protocol'
import { type AsyncResult, type Done, type NodeReply, TaskRevokedError, Umbel } from 'umbel'
import { Fleet } from '../src/interop/fleet.js'
import type { Language } from '../src/interop/place.js'
import type { Spawned } from '../src/spawned.js'
import { until } from '../src/until.js'

const REDIS = process.env['UMBEL_TEST_REDIS'] ?? ''
const RABBITMQ = process.env['UMBEL_TEST_RABBITMQ'] ?? ''
const CONTROL = fileURLToPath(new URL('../../python/control.py', import.meta.url))
const LONG = 60_000
const LANGUAGES = ['python', 'typescript'] as const

type Json = Readonly<Record<string, unknown>>

describe.each([
  ['Redis', {}],
  ['RabbitMQ', { broker: RABBITMQ }]
])('remote control over %s, a worker of Python beside one of TypeScript', (_name, options) => {
  const workers = {} as Record<Language, Spawned>
  const nodes = {} as Record<Language, string>
  let fleet: Fleet
  let app: Umbel
  let gates = 0

  beforeAll(async () => {
    fleet = await Fleet.create({ ...options, redis: REDIS })
    const { broker, backend, prefix } = fleet
    const amqp = broker.startsWith('amqp') ? { taskQueueMaxPriority: 10 } : {}
    app = new Umbel('control', { broker, backend, controlExchange: prefix, ...amqp })
    for (const language of LANGUAGES) {
      workers[language] = await fleet.worker(language)
      nodes[language] = (await workers[language].prints(new RegExp(`${language}@\\S+(?= ready)`)))[0]
    }
  }, LONG)

  afterAll(async () => {
    if (process.env['INTEROP_SHOW']) process.stderr.write(fleet.output())
    await app.close()
    await fleet.close()
  }, LONG)

  /** Both answer to Python's own client; by language. */
  async function python(command: string, args: Json = {}): Promise<Record<Language, unknown>> {
    return byLanguage(await pythonSays(command, args))
  }

  async function pythonSays(command: string, args: Json = {}): Promise<unknown> {
    return decodeJson((await fleet.python([CONTROL, command, JSON.stringify(args)])).trim())
  }

  /** The command line of Celery. */
  async function celery(...args: readonly string[]): Promise<Record<Language, unknown>> {
    const [verb = '', ...rest] = args
    const both = ['--json', '-t', '5', '-d', Object.values(nodes).join(',')]
    const printed = await fleet.python(['-m', 'celery', '-A', 'tasks', verb, ...both, ...rest])
    const line = printed.split('\n').find(each => each.startsWith('{') || each.startsWith('['))
    return byLanguage(decodeJson(line ?? 'null'))
  }

  function byLanguage(replies: unknown): Record<Language, unknown> {
    const all = Object.assign({}, ...(Array.isArray(replies) ? (replies as Json[]) : [replies as Json])) as Json
    expect(Object.keys(all).sort()).toEqual(Object.values(nodes).sort())
    return { python: all[nodes.python], typescript: all[nodes.typescript] }
  }

  async function hold(language: Language, options: Json = {}): Promise<Held> {
    const gate = join(fleet.folder, 'gates', `control-${gates++}`)
    const queue = fleet.place(language).queue(language)
    const result = (await app.sendTask('interop.hold', [gate], { queue, ...options })) as AsyncResult
    return { result, id: result.id, open: () => writeFileSync(gate, '') }
  }

  /** One task in work on each worker. */
  async function holdBoth(): Promise<Record<Language, Held>> {
    const held = { python: await hold('python'), typescript: await hold('typescript') }
    for (const language of LANGUAGES) await begun(held[language])
    return held
  }

  async function begun({ result }: Held): Promise<void> {
    await stateIs(result, 'STARTED')
  }

  async function stateIs(result: AsyncResult, wanted: string): Promise<void> {
    let state = ''
    const ask = async (): Promise<true | undefined> => ((state = await result.state()) === wanted ? true : undefined)
    await until(ask, { seconds: 20, describe: () => `the task is ${state}, not ${wanted}` })
  }

  async function ran({ id }: Held): Promise<boolean> {
    return (await fleet.notes()).some(note => note.id === id)
  }

  it(
    'celery inspect ping and status see both',
    async () => {
      const pong = { ok: 'pong' }
      expect(await celery('inspect', 'ping')).toEqual({ python: pong, typescript: pong })
      expect(await celery('status')).toEqual({ python: pong, typescript: pong })
      expect(await python('ping')).toEqual({ python: pong, typescript: pong })
      expect(await pythonSays('ping', { destination: [nodes.typescript] })).toEqual([{ [nodes.typescript]: pong }])
    },
    LONG
  )

  it(
    'celery inspect active, query_task and reserved: the same fields from both',
    async () => {
      const held = await holdBoth()
      const active = (await celery('inspect', 'active')) as Record<Language, readonly Json[]>
      const [theirs, ours] = LANGUAGES.map(language => active[language].find(({ id }) => id === held[language].id))
      expect(shapeOf(ours)).toEqual(shapeOf(theirs))
      expect(ours).toMatchObject({
        name: 'interop.hold',
        type: 'interop.hold',
        hostname: nodes.typescript,
        args: [expect.any(String)],
        kwargs: {},
        delivery_info: { routing_key: fleet.place('typescript').queue('typescript'), exchange: '' }
      })
      const ids = LANGUAGES.map(language => held[language].id)
      const known = (await python('query_task', {
        words: ids,
        timeout: 5,
        destination: Object.values(nodes)
      })) as Record<Language, Json>
      for (const language of LANGUAGES)
        expect(known[language]).toEqual({
          [held[language].id]: ['active', expect.objectContaining({ id: held[language].id })]
        })
      expect(await celery('inspect', 'reserved')).toEqual({ python: [], typescript: [] })
      expect(await celery('inspect', 'scheduled')).toEqual({ python: [], typescript: [] })
      for (const language of LANGUAGES) {
        held[language].open()
        expect(await held[language].result.get({ timeout: 10 })).toBe('held')
      }
    },
    LONG
  )

  it(
    'celery inspect registered and stats: the same words and fields from both',
    async () => {
      const registered = (await celery('inspect', 'registered')) as Record<Language, readonly string[]>
      const shared = (names: readonly string[]): readonly string[] => names.filter(name => !name.includes('.only_'))
      expect(shared(registered.typescript)).toEqual(shared(registered.python))
      const withOptions = await python('registered', {
        words: ['max_retries', 'serializer', 'acks_late'],
        timeout: 5,
        destination: Object.values(nodes)
      })
      const again = (names: unknown): unknown => (names as string[]).find(name => name.startsWith('interop.again '))
      expect(again(withOptions.typescript)).toBe(again(withOptions.python))
      const stats = (await celery('inspect', 'stats')) as Record<Language, Json>
      const missing = missingIn(stats.typescript, stats.python, '')
      expect(missing).toEqual([])
    },
    LONG
  )

  it(
    'commands that nobody knows are errors from both, in the same words',
    async () => {
      const replies = (await python('broadcast', { command: 'nonexist', reply: true })) as Record<Language, Json>
      expect(replies.typescript).toEqual(replies.python)
    },
    LONG
  )

  it(
    'Python revokes what waits for its time in TypeScript’s queue, and TypeScript in Python’s',
    async () => {
      const [ours, theirs] = [await hold('typescript', { countdown: 2 }), await hold('python', { countdown: 2 })]
      await pythonSays('result.revoke', { id: ours.id })
      await theirs.result.revoke()
      for (const { result } of [ours, theirs]) {
        await expect(result.get({ timeout: 10 })).rejects.toThrow(TaskRevokedError)
        expect(await result.state()).toBe('REVOKED')
      }
      for (const language of LANGUAGES)
        await workers[language].prints(
          new RegExp(`Discarding revoked task: interop\\.hold\\[(${ours.id}|${theirs.id})\\]`)
        )
      for (const held of [ours, theirs]) {
        held.open()
        expect(await ran(held)).toBe(false)
      }
    },
    LONG
  )

  it(
    'either ends what runs at the other',
    async () => {
      const held = await holdBoth()
      const replies = (await pythonSays('terminate', {
        task_id: held.typescript.id,
        reply: true,
        timeout: 3
      })) as Json[]
      expect(byLanguage(replies).typescript).toEqual({ ok: `terminate: ${held.typescript.id}` })
      const mine = await app.control.terminate(held.python.id, { signal: 'SIGKILL', reply: true, limit: 2, timeout: 5 })
      expect(byLanguage(mine).python).toEqual({ ok: `terminate: ${held.python.id}` })
      for (const language of LANGUAGES) {
        const { result } = held[language]
        await stateIs(result, 'REVOKED')
        await expect(result.get({ timeout: 10 })).rejects.toThrow('terminated')
      }
    },
    LONG
  )

  it(
    'TypeScript pings and inspects both',
    async () => {
      const everybody = { limit: 2, timeout: 5 }
      const pongs: readonly NodeReply<Done<'pong'>>[] = await app.control.ping(everybody)
      expect(byLanguage(pongs)).toEqual({ python: { ok: 'pong' }, typescript: { ok: 'pong' } })
      const inspect = app.control.inspect(everybody)
      const held = await holdBoth()
      const active = byLanguage(await inspect.active()) as Record<Language, readonly Json[]>
      for (const language of LANGUAGES) expect(active[language].map(({ id }) => id)).toEqual([held[language].id])
      const totals = byLanguage(await inspect.stats()) as Record<Language, { total: Json }>
      for (const language of LANGUAGES) expect(totals[language].total['interop.hold']).toBeGreaterThan(0)
      expect(byLanguage(await inspect.queryTask(held.python.id)).python).toMatchObject({
        [held.python.id]: ['active', {}]
      })
      expect((byLanguage(await inspect.registered()).python as readonly string[]).includes('interop.hold')).toBe(true)
      for (const language of LANGUAGES) held[language].open()
    },
    LONG
  )

  it(
    'revokes many with one command, known to both afterwards',
    async () => {
      const waiting = await Promise.all(LANGUAGES.map(async language => await hold(language, { countdown: 30 })))
      const set = app.resultSet(waiting.map(({ result }) => result))
      await set.revoke({ wait: true, timeout: 0.5 })
      const ids = waiting.map(({ id }) => id)
      const revoked = byLanguage(await app.control.inspect({ limit: 2, timeout: 5 }).revoked())
      for (const language of LANGUAGES) expect(revoked[language]).toEqual(expect.arrayContaining(ids))
      for (const { result } of waiting) expect(await result.state()).toBe('REVOKED')
    },
    LONG
  )

  it('no worker ended, and none complained', () => {
    for (const language of LANGUAGES) {
      expect(workers[language].running).toBe(true)
      expect(workers[language].output).not.toMatch(
        /Control command error|Cannot decode|mingle: sync with .* failed|Unrecoverable/
      )
    }
  })
})

interface Held {
  readonly result: AsyncResult
  readonly id: string
  readonly open: () => void
}

/** Names of fields with the types of what is in them. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  const entries = Object.entries(value).map(([name, each]) => [name, shapeOf(each)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Paths of fields that the other has, of the fixed ones. */
function missingIn(ours: unknown, theirs: unknown, path: string): readonly string[] {
  if (typeof theirs !== 'object' || theirs === null || Array.isArray(theirs)) return []
  if (['.total', '.broker.transport_options', '.pool.writes'].includes(path)) return []
  const known = new Map(Object.entries((ours ?? {}) as Json))
  return Object.entries(theirs).flatMap(([name, each]) =>
    known.has(name) ? missingIn(known.get(name), each, `${path}.${name}`) : [`${path}.${name}`]
  )
}
