import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { until } from '@umbel/test-kit'
import { Umbel } from '../src/index.js'
import type { Process } from './support/process.js'
import { Project } from './support/project.js'

const SERVER = process.env['UMBEL_TEST_RABBITMQ']

const TASKS = `
import { Reject, Umbel } from 'umbel'
export const app = new Umbel('rabbit', {
  broker: process.env.BROKER,
  backend: process.env.RESULTS,
  taskDefaultQueue: process.env.QUEUE,
  taskQueues: [
    { name: process.env.QUEUE ?? '' },
    {
      name: process.env.QUEUE + '.strict',
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': process.env.QUEUE + '.dead' }
    }
  ]
})
app.task('tasks.add', (x: number, y: number): number => x + y)
app.task('tasks.sum', { acksLate: true }, (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0))
app.task('tasks.refuse', { acksLate: true }, () => {
  throw new Reject('not here', { requeue: false })
})
app.task('tasks.again', { bind: true, maxRetries: 1 }, async task => {
  if (task.request.retries === 0) throw task.retry({ countdown: 1.2, exc: new Error('not yet') })
  return 'at last'
})
`

// Where no server is, `npm test` says so.
const describeRabbit = SERVER === undefined ? describe.skip : describe

describeRabbit('RabbitMQ as the broker', () => {
  let project: Project
  let queue: string
  const apps: Umbel[] = []

  beforeEach(() => {
    queue = `umbel.test.${randomUUID()}`
    project = new Project({ 'tasks.ts': TASKS })
  })

  afterEach(async () => {
    const connection = await client().connectionForWrite()
    const channel = await connection.openChannel()
    await channel.delete(queue)
    await channel.delete(`umbel.dead.${queue}`)
    await channel.delete(`${queue}.strict`)
    await channel.delete(`${queue}.dead`)
    await connection.close()
    for (const app of apps.splice(0)) await app.close()
    await project.remove()
  })

  const results = (): string => `sqlite://${project.path('results.db')}`

  function queuesOf() {
    const dead = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': `${queue}.dead` }
    return [{ name: queue }, { name: `${queue}.strict`, arguments: dead }]
  }

  function client(broker = SERVER ?? ''): Umbel {
    const app = new Umbel('client', { broker, backend: results(), taskDefaultQueue: queue, taskQueues: queuesOf() })
    apps.push(app)
    return app
  }

  async function worker(broker = SERVER ?? ''): Promise<Process> {
    const env = { BROKER: broker, RESULTS: results(), QUEUE: queue }
    const started = project.start(['-A', './tasks.ts', 'worker', '-l', 'info', '-c', '4'], { env })
    await started.prints(/ ready\./)
    return started
  }

  it('runs tasks, retries after a delay in the broker, and a chord', async () => {
    const running = await worker()
    expect(running.stderr).toMatch(/WARNING.* within 1800 s \(consumer_timeout\).* run twice: tasks\.sum/)
    const app = client()
    const added = await app.signature('tasks.add', [2, 3]).delay()
    expect(await added.get({ timeout: 10 })).toBe(5)
    expect(await (await app.signature('tasks.again').delay()).get({ timeout: 10 })).toBe('at last')
    const parts = Array.from({ length: 30 }, (_, index) => app.signature('tasks.add', [index, 1]))
    const joined = await app.chord(parts, app.signature<[unknown[]], number>('tasks.sum')).delay()
    expect(await joined.get({ timeout: 10 })).toBe(465)
    running.signal('SIGTERM')
    expect((await running.end()).code).toBe(0)
  })

  it('[Q-30] hands a message that its task rejects to the dead-letter exchange of its queue', async () => {
    const app = client()
    const connection = await app.connectionForWrite()
    const channel = await connection.openChannel()
    await channel.declare({ queues: [{ name: `${queue}.dead` }] })
    await worker()
    await app.sendTask('tasks.refuse', [], { queue: `${queue}.strict` })
    await until(async () => (await channel.stat([`${queue}.dead`]))[0]?.ready === 1, { what: 'dead-lettered' })
    await connection.close()
  })

  it('takes what kombu calls an empty URL, other schemes, and lists whose first server is away', async () => {
    const { port } = new URL(SERVER ?? '')
    await worker(`amqp://127.0.0.1:1;amqp://guest@localhost:${port}//`)
    for (const url of [
      `pyamqp://:${port}`,
      `librabbitmq://localhost:${port}`,
      `amqp://127.0.0.1:1//;amqp://:${port}`
    ]) {
      const app = client(url)
      expect(await (await app.signature('tasks.add', [1, 1]).delay()).get({ timeout: 10 })).toBe(2)
    }
  })
})
