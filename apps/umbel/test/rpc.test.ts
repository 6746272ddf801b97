import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Embed } from '@umbel/protocol'
import { startProxy, until } from '@umbel/test-kit'
import type { Connection, Delivery } from '@umbel/transport'
import { Umbel } from '../src/index.js'
import { Project } from './support/project.js'

const TASKS = `
import { Umbel } from 'umbel'
export const app = new Umbel('rpc', {
  broker: process.env.BROKER,
  backend: 'rpc://',
  ...(process.env.PERSISTENT === 'yes' ? { resultPersistent: true } : {}),
  taskDefaultQueue: process.env.QUEUE
})
const add = app.task('tasks.add', (x: number, y: number): number => x + y)
app.task('tasks.fail', (): never => {
  throw new RangeError('no')
})
app.task('tasks.again', { bind: true, maxRetries: 1 }, async task => {
  if (task.request.retries === 0) throw task.retry({ countdown: 0, exc: new Error('not yet') })
  return 'at last'
})
app.task('tasks.progress', { bind: true, trackStarted: true }, async task => {
  await task.updateState({ state: 'HALF', meta: { done: 1 } })
  return 'whole'
})
app.task('tasks.line', async (queue: string) => {
  await app.chain(add.s(1, 1).set({ queue }), add.s(2)).delay()
})
app.task('tasks.ask', async (x: number) => await add.delay(x, 1).get({ allowInTask: true, timeout: 10 }))
`

interface WorkerOptions {
  readonly words?: readonly string[]
  readonly persistent?: 'yes' | 'no'
}

describe.each([
  ['RabbitMQ', process.env['UMBEL_TEST_RABBITMQ']],
  ['SQLite', 'sqlite']
])('results over the broker %s', (_name, given) => {
  // Where no server is, `npm test` says so.
  const test = given === undefined ? it.skip : it
  let project: Project
  let broker: string
  let queue: string
  const apps: Umbel[] = []
  const open: Connection[] = []

  beforeEach(() => {
    queue = `umbel.test.${randomUUID()}`
    project = new Project({ 'tasks.ts': TASKS })
    broker = given === 'sqlite' ? `sqlite://${project.path('broker.db')}` : (given ?? 'memory://')
  })

  afterEach(async () => {
    const connection = await client().connectionForWrite()
    const channel = await connection.openChannel()
    for (const connected of open.splice(0)) await connected.close()
    await channel.delete(queue)
    await channel.delete(`${queue}.tasks`)
    await connection.close()
    for (const app of apps.splice(0)) await app.close()
    await project.remove()
  })

  function client(backend = 'rpc://'): Umbel {
    const app = new Umbel('client', { broker, backend, taskDefaultQueue: queue })
    apps.push(app)
    return app
  }

  async function worker({ words = [], persistent = 'no' }: WorkerOptions = {}): Promise<void> {
    const args = ['-A', './tasks.ts', 'worker', '-l', 'info', '-c', '4', ...words]
    const env = { BROKER: broker, QUEUE: queue, PERSISTENT: persistent }
    await project.start(args, { env }).prints(/ ready\./)
  }

  /** Whatever comes to a queue. */
  async function listen(name: string, declared: Record<string, unknown> = { 'x-expires': 60_000 }) {
    const connection = await client('disabled').connectionForWrite()
    const channel = await connection.openChannel()
    await channel.declare({ queues: [{ name, arguments: declared }] })
    open.push(connection)
    const got: Delivery[] = []
    await channel.consume([name], { deliver: batch => void got.push(...batch), lost: () => {} }, { prefetch: 0 })
    return { got, close: () => connection.close() }
  }

  test('[RB-08] come to who sent the task: values, errors, retries, steps of a chain, members of a group', async () => {
    await worker()
    const app = client()
    expect(await app.sendTask('tasks.add', [2, 3]).get({ timeout: 10 })).toBe(5)
    await expect(app.sendTask('tasks.fail').get({ timeout: 10 })).rejects.toThrow('no')
    expect(await app.sendTask('tasks.again').get({ timeout: 10 })).toBe('at last')
    const steps = [app.signature('tasks.add', [1, 1]), app.signature<[unknown]>('tasks.add', [10])]
    const chained = await app.chain(steps).delay()
    expect(await chained.get({ timeout: 10 })).toBe(12)
    const members = Array.from({ length: 30 }, (_, index) => app.signature('tasks.add', [index, 1]))
    const all = await (await app.group(members).delay()).get({ timeout: 10 })
    expect(all).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
  })

  test('[R-33] [RB-08] can be read again, by their ids too, but by nobody else', async () => {
    await worker()
    const [app, other] = [client(), client()]
    const sent = await app.sendTask('tasks.add', [2, 3])
    expect([await sent.get({ timeout: 10 }), await sent.get({ timeout: 10 })]).toEqual([5, 5])
    expect(await app.asyncResult(sent.id).get({ timeout: 10 })).toBe(5)
    const waiting = await app.sendTask('tasks.add', [1, 1], { countdown: 60 })
    expect(await app.asyncResult(waiting.id).state()).toBe('PENDING')
    const refusal = { code: 'SHARED_STORE_REQUIRED', message: expect.stringMatching(/rpc:\/\/.*redis:\/\//) }
    await expect(other.asyncResult(sent.id).get({ timeout: 10 })).rejects.toMatchObject(refusal)
    await expect(other.asyncResult(sent.id).state()).rejects.toMatchObject(refusal)
  })

  test('[P-18] [CF-69] are JSON records with the id of the task, sent to the queue that its message names', async () => {
    await worker()
    const reply = `${queue}.reply`
    const { got, close } = await listen(reply)
    const { id } = await client('disabled').sendTask('tasks.progress', [], { replyTo: reply })
    await until(() => got.length === 3, { what: 'three states' })
    const [, , last] = got
    expect(got.map(({ message }) => message.properties.correlationId)).toEqual([id, id, id])
    expect(last?.message.properties).toMatchObject({ contentType: 'application/json', deliveryMode: 1 })
    expect(last?.message.headers).toEqual({})
    expect(JSON.parse(String(Buffer.from(last?.message.body ?? [])))).toMatchObject({
      task_id: id,
      status: 'SUCCESS',
      result: 'whole',
      traceback: null,
      children: []
    })
    await close()
  })

  test('[RB-08] go to a queue of each client’s own, that ends with it, and outlive the broker where they are told to', async () => {
    const { got, close } = await listen(`${queue}.tasks`, {})
    const [one, other] = [client(), client()]
    for (const app of [one, other, one]) await app.sendTask('tasks.add', [1, 1], { queue: `${queue}.tasks` })
    await until(() => got.length === 3, { what: 'three messages' })
    const [first, second, third] = got.map(({ message }) => message.properties.replyTo ?? '')
    expect([third, first !== second, first]).toEqual([first, true, expect.stringMatching(/^[\da-f-]{36}$/)])
    await close()
    await worker({ persistent: 'yes' })
    const replies = await listen(`${queue}.reply`)
    await client('disabled').sendTask('tasks.add', [1, 1], { replyTo: `${queue}.reply` })
    await until(() => replies.got.length === 1, { what: 'a reply' })
    expect(replies.got[0]?.message.properties.deliveryMode).toBe(2)
    await replies.close()
    await one.close()
    expect(await queueExists(first ?? '')).toBe(false)
  })

  /** Where queues need no declaration there are none to look for. */
  async function queueExists(name: string): Promise<boolean> {
    if (given === 'sqlite') return false
    const connection = await client('disabled').connectionForWrite()
    const channel = await connection.openChannel()
    const found = channel.consume([name], { deliver: () => {}, lost: () => {} }, { prefetch: 1 })
    const exists = await found.then(
      () => true,
      () => false
    )
    await connection.close()
    return exists
  }

  test('[RB-08][K-32] cannot join a chord, which is refused with the names of stores that can', async () => {
    const app = client()
    const header = [app.signature('tasks.add', [1, 1]), app.signature('tasks.add', [2, 2])]
    const chord = app.chord(header, app.signature<[unknown[]]>('tasks.sum'))
    await expect(chord.delay().then(result => result.get({ timeout: 10 }))).rejects.toMatchObject({
      code: 'JOINS_UNSUPPORTED',
      message: expect.stringMatching(/redis:\/\/.*sqlite:\/\//)
    })
    const refused = new Umbel('off', { broker, backend: 'disabled', taskDefaultQueue: queue })
    const same = refused.chord(header, refused.signature<[unknown[]]>('tasks.sum'))
    await expect(same.delay().then(result => result.get({ timeout: 10 }))).rejects.toMatchObject({
      code: 'RESULTS_DISABLED'
    })
    await refused.close()
  })

  const testServer = given === 'sqlite' ? it.skip : test
  testServer('come after the client was cut off, also those that were sent meanwhile', async () => {
    await worker()
    const { port } = new URL(broker)
    const proxy = await startProxy(Number(port))
    const app = client()
    app.conf.update({ brokerUrl: `amqp://127.0.0.1:${proxy.port}` })
    const results = [0, 0.5, 1].map(countdown => app.sendTask('tasks.add', [2, 3], { countdown }))
    await Promise.all(results)
    const values = Promise.all(results.map(result => result.get({ timeout: 15 })))
    proxy.cut()
    expect(await values).toEqual([5, 5, 5])
    await app.close()
    await proxy.close()
  })

  test('reach a task that waits for another, inside a thread', async () => {
    await worker({ words: ['-P', 'threads'] })
    expect(await client().sendTask('tasks.ask', [4]).get({ timeout: 10 })).toBe(5)
  })

  test('name their queue in every step of a chain that a task in a thread begins: Python would take its own', async () => {
    const { got, close } = await listen(`${queue}.tasks`, {})
    await worker({ words: ['-P', 'threads'] })
    await client()
      .sendTask('tasks.line', [`${queue}.tasks`])
      .get({ timeout: 10 })
    await until(() => got.length === 1, { what: 'the first step' })
    const message = got[0]?.message
    const [, , { chain }] = JSON.parse(String(Buffer.from(message?.body ?? []))) as [unknown, unknown, Embed]
    expect(chain?.map(({ options }) => options.reply_to)).toEqual([message?.properties.replyTo])
    expect(message?.properties.replyTo).toMatch(/^[\da-f-]{36}$/)
    await close()
  })

  test('[RB-09] amqp:// means the same, and is warned of once', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue()
    await worker()
    expect(await client('amqp://').sendTask('tasks.add', [2, 3]).get({ timeout: 10 })).toBe(5)
    const texts = warn.mock.calls.map(([text]) => String(text)).filter(text => text.includes('amqp://'))
    warn.mockRestore()
    expect(texts).toEqual([expect.stringContaining('rpc:// is used in its place')])
  })
})
