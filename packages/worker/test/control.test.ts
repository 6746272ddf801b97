import { describe, expect, it } from '@jest/globals'
import { isFailure, revokeLimits, type TaskInfo } from '@umbel/control'
import { group } from '@umbel/canvas'
import { TaskRevokedError } from '@umbel/protocol'
import { DRIVERS } from './drivers.js'
import { registerTasks } from './fixtures/register.js'
import { location } from './fixtures/tasks.js'
import { createRig, type Rig } from './rig.js'
import { Gate, until } from './until.js'

const ME = 'w1@here'

/** What one worker answers. */
async function ask(rig: Rig, command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const replies = await rig.app.control.broadcast(command, { arguments: args, reply: true, limit: 1, timeout: 5 })
  return replies[0]?.[ME]
}

function isPending(rig: Rig, id: string): Promise<boolean> {
  return rig.app
    .asyncResult(id)
    .state()
    .then(state => state === 'PENDING')
}

describe('inspect', () => {
  it('[RC-12] ping: pong, from each worker', async () => {
    const rig = createRig()
    await rig.start({ hostname: 'w1@here' })
    await rig.start({ hostname: 'w2@here' })
    const everybody = { limit: 2, timeout: 5 }
    expect(await rig.app.control.inspect(everybody).ping()).toEqual({
      'w1@here': { ok: 'pong' },
      'w2@here': { ok: 'pong' }
    })
    expect(await rig.app.control.ping({ destination: 'w2@here', timeout: 5 })).toEqual([{ 'w2@here': { ok: 'pong' } }])
  })

  it('[RC-16] active: what runs, with its arguments, or safe as text', async () => {
    const rig = createRig()
    const gate = new Gate()
    const held = rig.app.task('held', (_when: Date, _options: object) => gate.pass())
    await rig.start({ hostname: ME })
    const before = Date.now() / 1000
    const { id } = await held.delay(new Date(0), { deep: [1] })
    await gate.reached(1)
    const active = (await ask(rig, 'active')) as readonly TaskInfo[]
    expect(active).toEqual([
      {
        id,
        name: 'held',
        args: [new Date(0), { deep: [1] }],
        kwargs: {},
        type: 'held',
        hostname: ME,
        time_start: expect.any(Number),
        acknowledged: true,
        delivery_info: { exchange: '', routing_key: 'celery', priority: 0, redelivered: false },
        worker_pid: process.pid
      }
    ])
    expect(active[0]?.time_start).toBeGreaterThan(before - 1)
    expect(await ask(rig, 'dump_active', { safe: true })).toMatchObject([
      { args: expect.stringContaining("{'deep': [1]}"), kwargs: '{}' }
    ])
    gate.open()
    await until(
      async () => (((await ask(rig, 'active')) as unknown[]).length === 0 ? true : undefined),
      () => 'nothing that runs'
    )
  })

  it('[RC-15] reserved: what was taken and has not begun', async () => {
    const rig = createRig()
    const gate = new Gate()
    const held = rig.app.task('held', { acksLate: true }, () => gate.pass())
    await rig.start({ hostname: ME, concurrency: 1, prefetchMultiplier: 0 })
    const first = await held.delay()
    await gate.reached(1)
    const second = await held.delay()
    const reserved = await until(
      async () => ((await ask(rig, 'reserved')) as readonly TaskInfo[])[0],
      () => 'something reserved'
    )
    expect(reserved).toMatchObject({ id: second.id, time_start: null, worker_pid: null, acknowledged: false })
    expect((await ask(rig, 'reserved')) as readonly unknown[]).toHaveLength(1)
    expect(await ask(rig, 'active')).toMatchObject([{ id: first.id, acknowledged: false }])
    gate.open()
  })

  it('[RC-10] query_task: the state and the info of tasks that are here', async () => {
    const rig = createRig()
    const gate = new Gate()
    const held = rig.app.task('held', () => gate.pass())
    await rig.start({ hostname: ME, concurrency: 1, prefetchMultiplier: 0 })
    const first = await held.delay()
    await gate.reached(1)
    const second = await held.delay()
    const known = await until(
      async () => {
        const answer = (await ask(rig, 'query_task', { ids: [first.id, second.id, 'unknown'] })) as object
        return Object.keys(answer).length === 2 ? answer : undefined
      },
      () => 'both tasks'
    )
    expect(known).toEqual({
      [first.id]: ['active', expect.objectContaining({ id: first.id, name: 'held' })],
      [second.id]: ['reserved', expect.objectContaining({ id: second.id, name: 'held' })]
    })
    const typed = await rig.app.control.inspect({ limit: 1, timeout: 5 }).queryTask(first.id)
    const mine = typed[ME]
    expect(isFailure(mine) ? undefined : mine?.[first.id]?.[0]).toBe('active')
    gate.open()
  })

  it('scheduled: what waits in the worker itself for its last moment', async () => {
    const rig = createRig()
    const ran: number[] = []
    const soon = rig.app.task('soon', () => void ran.push(1))
    await rig.start({ hostname: ME })
    // As Celery sends it, whose brokers keep no delays.
    const eta = new Date(Date.now() + 900)
    const { id } = await soon.delay()
    await rig.app.asyncResult(id).get({ timeout: 5 })
    const [sent] = rig.sent
    if (sent === undefined) throw new Error('nothing was sent')
    const headers = { ...sent.message.headers, id: 'soon-1', eta: eta.toISOString() }
    await rig.publish({ ...sent.message, headers })
    const found = await until(
      async () => ((await ask(rig, 'scheduled')) as readonly object[])[0],
      () => 'something scheduled'
    )
    expect(found).toMatchObject({ priority: 6, request: { id: 'soon-1', time_start: null } })
    expect(Date.parse((found as { eta: string }).eta)).toBeCloseTo(eta.getTime(), -2)
    expect(await ask(rig, 'query_task', { ids: 'soon-1' })).toMatchObject({ 'soon-1': ['scheduled', {}] })
    await rig.app.asyncResult('soon-1').get({ timeout: 5 })
    expect(await ask(rig, 'scheduled')).toEqual([])
    expect(ran).toEqual([1, 1])
  })

  it('[RC-18] registered: names, with chosen attributes, built-in ones when asked for', async () => {
    const rig = createRig()
    rig.app.task('b.plain', () => 1)
    rig.app.task('a.routed', { routingKey: 'fast', exchange: 'x', maxRetries: 7 }, () => 1)
    await rig.start({ hostname: ME })
    expect(await ask(rig, 'registered')).toEqual(['a.routed [exchange=x routing_key=fast]', 'b.plain'])
    expect(
      await ask(rig, 'registered', { taskinfoitems: ['serializer', 'max_retries', 'acks_late', '__class__'] })
    ).toEqual([
      'a.routed [serializer=json max_retries=7 acks_late=False]',
      'b.plain [serializer=json max_retries=3 acks_late=False]'
    ])
    expect(await ask(rig, 'dump_tasks', { taskinfoitems: [], builtins: true })).toContain('celery.chord_unlock')
  })

  it('[RC-13] stats: totals, pid, clock, uptime, pool, broker, prefetch count and resources', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (a: number, b: number) => a + b)
    await rig.start({ hostname: ME, concurrency: 3, timeLimit: 60, softTimeLimit: 30 })
    await Promise.all([(await add.delay(1, 2)).get({ timeout: 5 }), (await add.delay(3, 4)).get({ timeout: 5 })])
    expect(await ask(rig, 'stats')).toMatchObject({
      total: { add: 2 },
      pid: process.pid,
      clock: expect.stringMatching(/^\d+$/),
      uptime: expect.any(Number),
      pool: {
        implementation: 'umbel.pool:inline',
        'max-concurrency': 3,
        processes: expect.any(Array),
        'max-tasks-per-child': 'N/A',
        'put-guarded-by-semaphore': false,
        timeouts: [30, 60]
      },
      broker: { transport: 'memory', hostname: 'rig', port: null, userid: null, virtual_host: '/', alternates: [] },
      prefetch_count: expect.any(Number),
      rusage: { utime: expect.any(Number), maxrss: expect.any(Number), nivcsw: expect.any(Number) }
    })
    expect(Object.keys(((await ask(rig, 'stats')) as { rusage: object }).rusage)).toHaveLength(16)
  })
})

describe('commands', () => {
  it('answers errors to unknown commands and wrong arguments, logs them, and works on', async () => {
    const rig = createRig()
    const add = rig.app.task('add', (a: number, b: number) => a + b)
    await rig.start({ hostname: ME })
    expect(await ask(rig, 'nonexist')).toEqual({ error: "KeyError('nonexist')" })
    expect(await ask(rig, 'query_task', { ids: 7 })).toEqual({
      error: expect.stringMatching(/^TypeError\(.*query_task: ids/)
    })
    expect(await ask(rig, 'revoke', { task_id: 'a', terminate: true, signal: 'SIGNONSENSE' })).toEqual({
      error: expect.stringContaining('SIGNONSENSE')
    })
    await rig.line('"nonexist"')
    expect(await (await add.delay(1, 2)).get({ timeout: 5 })).toBe(3)
    expect(await ask(rig, 'ping', { more: 1 })).toEqual({ ok: 'pong' })
  })

  it('hears again after its connection was cut', async () => {
    const rig = createRig()
    await rig.start({ hostname: ME })
    await rig.cut()
    await rig.line('Connected to')
    await until(
      async () => ((await ask(rig, 'ping')) === undefined ? undefined : true),
      () => 'a pong'
    )
  })

  it('[RC-06] does not listen where remote control is off, and what nobody hears in time is gone', async () => {
    const rig = createRig({ workerEnableRemoteControl: false, controlQueueTtl: 0.05 })
    await rig.start({ hostname: ME })
    expect(await rig.app.control.ping({ timeout: 0.2 })).toEqual([])
    const mailbox = rig.app.services.mailbox()
    const connection = await rig.app.connectionForRead()
    const channel = await connection.openChannel()
    await channel.declare(mailbox.nodeTopology('slow@here'))
    await rig.app.control.broadcast('ping')
    const left = async (): Promise<number | undefined> => (await channel.stat(['slow@here.celery.pidbox']))[0]?.ready
    expect(await left()).toBe(1)
    await until(
      async () => ((await left()) === 0 ? true : undefined),
      () => 'an empty mailbox'
    )
    await connection.close()
  })

  it('[RC-05][W-51] reads its own mailbox, says when another worker has it, and goes on trying', async () => {
    const rig = createRig()
    expect(rig.app.services.mailbox().nodeTopology(ME)).toMatchObject({
      exchanges: [
        { name: 'celery.pidbox', type: 'fanout', durable: false },
        { name: 'reply.celery.pidbox', type: 'direct', durable: false }
      ],
      queues: [
        {
          name: 'w1@here.celery.pidbox',
          durable: false,
          exclusive: true,
          autoDelete: true,
          arguments: { 'x-expires': 10_000, 'x-message-ttl': 300_000 }
        }
      ],
      bindings: [{ exchange: 'celery.pidbox', queue: 'w1@here.celery.pidbox' }]
    })
    const first = await rig.start({ hostname: ME })
    await rig.start({ hostname: ME })
    await rig.line(/the mailbox of w1@here cannot be read: .*exclusive/)
    await first.stop()
    await until(
      async () => ((await ask(rig, 'ping')) === undefined ? undefined : true),
      () => 'a pong of the second'
    )
  })
})

describe('hello', () => {
  it('[RC-21] learns what a starting worker knows to be revoked, and tells what it knows itself', async () => {
    const rig = createRig()
    await rig.start({ hostname: ME })
    const older = { from_node: 'celery@there', revoked: { theirs: [1592.5, 'theirs'] } }
    const first = (await ask(rig, 'hello', older)) as { readonly clock: number }
    expect(first).toEqual({ revoked: ['theirs'], clock: expect.any(Number) })
    expect(await ask(rig, 'hello', { from_node: 'celery@there', revoked: ['more'] })).toEqual({
      revoked: ['theirs', 'more'],
      clock: first.clock + 2
    })
    expect(await ask(rig, 'hello', { from_node: ME })).toBeNull()
    await rig.line('sync with celery@there')
  })
})

describe('limits', () => {
  it('[W-42] keeps 50,000 revoked ids for three hours, or as the environment says', async () => {
    expect(revokeLimits({})).toEqual({ max: 50_000, expires: 10_800 })
    expect(() => revokeLimits({ CELERY_WORKER_REVOKES_MAX: 'many' })).toThrow('CELERY_WORKER_REVOKES_MAX')
    const before = { ...process.env }
    Object.assign(process.env, { CELERY_WORKER_REVOKES_MAX: '2', CELERY_WORKER_REVOKE_EXPIRES: '0.3' })
    try {
      const rig = createRig()
      await rig.start({ hostname: ME })
      for (const id of ['a', 'b', 'c']) await ask(rig, 'revoke', { task_id: id })
      expect(await ask(rig, 'revoked')).toEqual(['b', 'c'])
      await until(
        async () => (((await ask(rig, 'revoked')) as unknown[]).length === 0 ? true : undefined),
        () => 'nothing revoked'
      )
    } finally {
      process.env = before
    }
  })
})

describe('terminate', () => {
  it('[RC-39] ends what runs, its signal by name or number, and answers which', async () => {
    const rig = createRig()
    const gate = new Gate()
    const held = rig.app.task('held', () => gate.pass())
    await rig.start({ hostname: ME })
    const running = await Promise.all([held.delay(), held.delay(), held.delay()])
    const [first = '', second = '', third = ''] = running.map(({ id }) => id)
    await gate.reached(3)
    expect(await ask(rig, 'revoke', { task_id: first, terminate: true, signal: 'SIGKILL' })).toEqual({
      ok: `terminate: ${first}`
    })
    expect(await ask(rig, 'terminate', { task_id: [second], signal: 9 })).toEqual({ ok: `terminate: ${second}` })
    expect(await ask(rig, 'revoke', { task_id: ['nobody'], terminate: true, signal: 'kill' })).toEqual({
      ok: 'terminate: tasks unknown'
    })
    expect(await ask(rig, 'terminate', { task_id: third })).toMatchObject({ error: expect.stringContaining('signal') })
    for (const id of [first, second])
      await expect(rig.app.asyncResult(id).get({ timeout: 5 })).rejects.toThrow('terminated')
    expect(await isPending(rig, third)).toBe(true)
    gate.open()
  })

  it('ends a body that blocks its thread', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ hostname: ME, pool: 'threads', concurrency: 2 }, { module: location })
    const { id } = await rig.app.sendTask('fixture.block', [60_000])
    await until(
      async () => (((await ask(rig, 'active')) as unknown[]).length === 1 ? true : undefined),
      () => 'a task that runs'
    )
    await rig.app.asyncResult(id).revoke({ terminate: true, wait: true })
    await expect(rig.app.asyncResult(id).get({ timeout: 10 })).rejects.toThrow('terminated')
  })
})

describe('inside a task', () => {
  it('pings and revokes by way of the worker', async () => {
    const rig = createRig()
    registerTasks(rig.app)
    await rig.start({ hostname: ME, pool: 'threads', concurrency: 1 }, { module: location })
    const answer = await rig.app.sendTask('fixture.remote', ['gone']).get({ timeout: 10 })
    expect(answer).toEqual([{ [ME]: { ok: 'pong' } }])
    expect(await ask(rig, 'revoked')).toEqual(['gone'])
    const { revocations } = await rig.app.services.gateway().backend()
    expect(await revocations?.load()).toEqual(['gone'])
  })
})

describe('results', () => {
  it('[R-12] revoke: over a connection of one’s own, with terminate, signal, wait and timeout; and by stamps', async () => {
    const rig = createRig()
    const gate = new Gate()
    const held = rig.app.task('held', () => gate.pass())
    await rig.start({ hostname: ME })
    const connection = await rig.app.connectionForWrite()
    const heard = (): string => rig.messages.join('\n')
    const [first, second, third, fourth] = await Promise.all(
      [{}, {}, { batch: 'a' }, { batch: 'b' }].map(async stamps =>
        rig.app.asyncResult((await held.s().stamp(stamps).delay()).id)
      )
    )
    await gate.reached(4)
    await first?.revoke()
    await first?.revoke({ wait: true, timeout: 0.1 })
    expect(await isPending(rig, first?.id ?? '')).toBe(true)
    await first?.revoke({ terminate: true, signal: 'SIGKILL', wait: true, timeout: 0.1 })
    await expect(first?.get({ timeout: 5 })).rejects.toThrow('terminated')
    expect(heard()).toContain(`Terminating ${first?.id} (SIGKILL)`)
    await second?.revoke({ terminate: true, connection })
    await rig.line(`Terminating ${second?.id} (SIGTERM)`)
    await third?.revokeByStampedHeaders(
      { batch: 'a' },
      { connection, terminate: true, signal: 9, wait: true, timeout: 0.1 }
    )
    await expect(third?.get({ timeout: 5 })).rejects.toThrow('terminated')
    expect(heard()).toContain(`Terminating ${third?.id} (SIGKILL)`)
    expect(await isPending(rig, fourth?.id ?? '')).toBe(true)
    gate.open()
    await connection.close()
  })

  it('revoke all members of a group with one command, those of groups within too', async () => {
    const rig = createRig()
    const ran: number[] = []
    const note = rig.app.task('note', (n: number) => void ran.push(n))
    await rig.start({ hostname: ME })
    const result = await group([group([note.s(1)]), group([note.s(2), note.s(3)])]).applyAsync([], { countdown: 0.5 })
    await result.revoke({ wait: true, timeout: 0.2 })
    expect((await ask(rig, 'revoked')) as readonly unknown[]).toHaveLength(3)
    await rig.empty()
    expect(ran).toEqual([])
  })
})

describe.each(DRIVERS)('revoke on %s', (_name, create) => {
  it('[RC-22] one or many, with and without reply: none of them runs', async () => {
    const rig = createRig({}, create())
    const ran: number[] = []
    const gate = new Gate()
    const held = rig.app.task('held', () => gate.pass())
    const note = rig.app.task('note', (n: number) => void ran.push(n))
    await rig.start({ hostname: ME, concurrency: 1 })
    const running = await held.delay()
    await gate.reached(1)
    const waiting = await Promise.all([note.delay(1), note.delay(2), note.delay(3), note.delay(4)])
    const ids = waiting.map(({ id }) => id)
    const [one = '', two = '', three = ''] = ids
    expect(await rig.app.control.revoke(one)).toEqual([])
    expect(await rig.app.control.revoke([two, three], { reply: true, timeout: 5, limit: 1 })).toEqual([
      { [ME]: { ok: `tasks {'${two}', '${three}'} flagged as revoked` } }
    ])
    expect(await rig.app.asyncResult(two).state()).toBe('REVOKED')
    expect(await isPending(rig, running.id)).toBe(true)
    gate.open()
    await waiting[3]?.get({ timeout: 5 })
    expect(ran).toEqual([4])
    await expect(rig.app.asyncResult(one).get({ timeout: 5 })).rejects.toThrow(TaskRevokedError)
    await rig.empty()
    expect(await running.get({ timeout: 5 })).toBeNull()
  })

  it('a task whose time has not come: it is revoked at once, and its message goes when it is due', async () => {
    const rig = createRig({}, create())
    const ran: number[] = []
    const note = rig.app.task('note', () => void ran.push(1))
    await rig.start({ hostname: ME })
    const later = await note.applyAsync([], { countdown: 1.5 })
    await later.revoke({ wait: true, timeout: 1 })
    expect(await later.state()).toBe('REVOKED')
    await rig.line('Discarding revoked task')
    await rig.empty()
    expect(ran).toEqual([])
  })

  it('[RC-17] is known to a worker that starts later, though nobody heard it', async () => {
    const rig = createRig({}, create())
    const ran: number[] = []
    const note = rig.app.task('note', (n: number) => void ran.push(n))
    const [first, second] = await Promise.all([note.delay(1), note.delay(2)])
    await first.revoke()
    await rig.start({ hostname: ME })
    await second.get({ timeout: 5 })
    await expect(first.get({ timeout: 5 })).rejects.toThrow(TaskRevokedError)
    expect(ran).toEqual([2])
    expect(await ask(rig, 'revoked')).toEqual([first.id])
    expect(await ask(rig, 'dump_revoked')).toEqual([first.id])
  })
})
