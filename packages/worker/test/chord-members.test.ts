import { describe, expect, it } from '@jest/globals'
import {
  type AnySignature,
  chain,
  chord,
  group,
  type Handle,
  InvalidSignatureError,
  type Signature
} from '@umbel/canvas'
import { ChordError, Ignore, type Message, Reject } from '@umbel/protocol'
import type { Delivery } from '@umbel/transport'
import { DRIVERS } from './drivers.js'
import { createRig, type Drivers, type Rig } from './rig.js'

const TIMEOUT = { timeout: 5 }

function prepare(drivers: Drivers) {
  const rig = createRig({ taskAcksLate: true }, drivers)
  const task = (name: string, body: () => number, options = {}): Signature<[], number> =>
    rig.app.task(name, options, body).s() as never
  const ran: unknown[] = []
  const members = {
    good: task('good', () => 1),
    fail: task('fail', () => {
      throw new RangeError('no')
    }),
    ignore: task('ignore', () => {
      throw new Ignore('not mine')
    }),
    reject: task('reject', () => {
      throw new Reject('not mine', { requeue: false })
    }),
    stuck: task('stuck', () => new Promise<number>(() => undefined) as never, { timeLimit: 0.05 })
  }
  const body = rig.app.task('body', (values: unknown) => {
    ran.push(values)
    return values
  })
  return { rig, members, body, ran }
}

function replacedBy(rig: Rig, by: AnySignature): AnySignature {
  return rig.app.task('replaced', { bind: true }, self => self.replace(by)).s()
}

/** What may become of a member's message on its way. */
const DAMAGES: readonly (readonly [what: string, damage: (message: Message) => Message, named: RegExp])[] = [
  ['body is cut short', message => ({ ...message, body: message.body.slice(0, 20) }), /DecodeError/],
  [
    'content may not be read here',
    message => ({ ...message, properties: { ...message.properties, contentType: 'application/x-python-serialize' } }),
    /python-serialize/
  ],
  ['headers make no sense', message => ({ ...message, headers: { ...message.headers, retries: 'many' } }), /retries/]
]

type Members = ReturnType<typeof prepare>['members']

/** What may become of a header member other than success; all of it ends the chord. */
const ENDS: readonly (readonly [what: string, member: (members: Members, rig: Rig) => AnySignature, named: RegExp])[] =
  [
    ['throws', ({ fail }) => fail, /no/],
    ['throws Ignore', ({ ignore }) => ignore, /Ignore/],
    ['throws Reject', ({ reject }) => reject, /reject requeue=False: not mine/],
    ['runs into its time limit', ({ stuck }) => stuck, /TimeLimitExceeded/],
    ['is revoked', ({ good }) => good.set({ taskId: 'gone' }), /TaskRevokedError\('revoked'\)/],
    ['has expired', ({ good }) => good.set({ expires: -1 }), /TaskRevokedError\('expired'\)/],
    ['is not registered', (_members, rig) => rig.app.signature('no.such'), /NotRegistered|no\.such/],
    ['has a body too large', (_members, rig) => rig.app.signature('good', ['x'.repeat(20_000)]), /20\d\d\d bytes/],
    [
      'is a chain whose chord fails',
      ({ fail, good }) => chain(chord([fail, good], good as never), good.setImmutable(), good.setImmutable()),
      /no/
    ],
    [
      'is a chord whose header fails and whose body is a chain',
      ({ fail, good }) => chord([fail], chain(good.setImmutable(), good.setImmutable()) as never),
      /no/
    ],
    ['is replaced by what fails', ({ fail }, rig) => replacedBy(rig, fail), /no/],
    [
      'is replaced by a group one of which is revoked',
      ({ good }, rig) => replacedBy(rig, group(good, good.set({ taskId: 'gone' }))),
      /Revoked/
    ],
    [
      'is replaced by a chain whose first step ignores',
      ({ ignore, good }, rig) => replacedBy(rig, chain(ignore, good as never)),
      /Ignore/
    ],
    [
      'is replaced by a canvas with two tasks of one id',
      ({ good }, rig) => replacedBy(rig, group(good.set({ taskId: 'same' }), good.set({ taskId: 'same' }))),
      /same/
    ],
    [
      'has no retry left',
      (_members, rig) =>
        rig.app.task('retries', { bind: true, maxRetries: 1 }, self => self.retry({ countdown: 0 })).s(),
      /MaxRetriesExceeded/
    ],
    ['gives what cannot be written', (_members, rig) => rig.app.task('odd', () => () => 1).s(), /function/],
    ['calls process.exit', (_members, rig) => rig.app.task('exits', () => process.exit(3)).s(), /process\.exit/],
    ['is a chain whose first step ignores', ({ ignore, good }) => chain(ignore, good as never), /Ignore/],
    [
      'is a chain whose first step is revoked',
      ({ good }) => chain(good.set({ taskId: 'gone' }), good as never),
      /Revoked/
    ]
  ]

describe.each(DRIVERS)('on %s, the body of a chord', (_driver, createDrivers) => {
  it.each(ENDS)('fails with ChordError when a member %s', async (_what, member, named) => {
    const { rig, members, body, ran } = prepare(createDrivers())
    const worker = await rig.start({ maxMessageSize: 10_000 })
    worker.revoke(['gone'])
    const result = await chord([members.good, member(members, rig) as typeof members.good], body.s()).delay()
    const error = await result.get({ ...TIMEOUT, propagate: false })
    expect(error).toBeInstanceOf(ChordError)
    expect(String(error)).toMatch(named)
    await rig.empty()
    expect(ran).toEqual([])
  })

  it.each(DAMAGES)('fails with ChordError when the %s of a member', async (_what, damage, named) => {
    const { rig, members, body, ran } = prepare(createDrivers())
    await rig.start()
    const damaged = members.good.set({ queue: 'elsewhere' })
    const result = await chord([members.good, damaged], body.s()).delay()
    const [taken] = await rig.take('elsewhere')
    await rig.publish(damage((taken as Delivery).message))
    const error = await result.get({ ...TIMEOUT, propagate: false })
    expect(error).toBeInstanceOf(ChordError)
    expect(String(error)).toMatch(named)
    expect(await rig.take('umbel.dead.celery')).toHaveLength(1)
    expect(ran).toEqual([])
  })

  it('is never waited for where two tasks have one id: nothing is sent', async () => {
    const { rig, members, body } = prepare(createDrivers())
    const twice = [members.good.set({ taskId: 'same' }), members.fail.set({ taskId: 'same' })]
    for (const canvas of [group(twice), chord(twice, body.s()), chain(group(twice), body.s())]) {
      expect(() => canvas.delay()).toThrow(InvalidSignatureError)
      expect(() => canvas.delay()).toThrow("good and fail both have taskId 'same'")
    }
    expect(rig.sent).toEqual([])
  })

  it('fails when a later step turns out to be a header with two tasks of one id', async () => {
    const { rig, members, body } = prepare(createDrivers())
    await rig.start()
    const twice = ['a', 'b'].map(() => members.good.set({ taskId: 'same' }))
    const frozen = chain(members.good, members.good as never)
      .freeze()
      .signature.toJSON()
    const [first, last] = frozen.kwargs['tasks'] as (typeof frozen)[]
    const header = { ...group(twice).toJSON(), options: { task_id: 'group-1' } }
    const end = { ...body.s().toJSON(), options: { task_id: 'end' } }
    const later = { ...last, task: 'celery.chord', subtask_type: 'chord', options: {}, kwargs: { header, body: end } }
    await rig.app.sendTask('good', [], { taskId: String(first?.options.task_id), chain: [later] as never })
    await expect(rig.app.asyncResult('end').get(TIMEOUT)).rejects.toThrow("both have taskId 'same'")
    await rig.empty()
  })
})

describe.each(DRIVERS)('on %s, a chain', (_driver, createDrivers) => {
  it.each([
    { what: 'failed', step: ({ fail }: Members) => fail, state: 'FAILURE', why: /no/ },
    {
      what: 'was revoked',
      step: ({ good }: Members) => good.set({ taskId: 'gone' }),
      state: 'REVOKED',
      why: /revoked/
    },
    { what: 'was rejected', step: ({ reject }: Members) => reject, state: 'FAILURE', why: /not mine/ }
  ])('[K-18] stops at a step that $what: later steps do not run and are marked', async ({ step, state, why }) => {
    const { rig, members, body, ran } = prepare(createDrivers())
    const worker = await rig.start()
    worker.revoke(['gone'])
    const last = await chain(members.good, step(members).setImmutable(), body.si(1), body.si(2)).delay()
    await expect(last.get(TIMEOUT)).rejects.toThrow(why)
    await rig.empty()
    const states: unknown[] = []
    for (let handle: Handle<unknown> | undefined = last; handle !== undefined; handle = handle.parent)
      states.push(await handle.state())
    expect(states).toEqual([state, state, state, 'SUCCESS'])
    expect(ran).toEqual([])
  })
})

describe.each(DRIVERS)('on %s, an ignored task', (_driver, createDrivers) => {
  it('leaves no record of itself; the later steps of its chain, which nobody will start, fail', async () => {
    const { rig, members } = prepare(createDrivers())
    await rig.start()
    const result = await chain(members.ignore, members.good as never).delay()
    await expect(result.get(TIMEOUT)).rejects.toThrow(/was ignored/)
    expect(await result.parent?.state()).toBe('PENDING')
    await rig.empty()
  })
})
