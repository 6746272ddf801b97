import { describe, expect, it } from '@jest/globals'
import { chord } from '@umbel/canvas'
import { type Message, NotRegistered } from '@umbel/protocol'
import { createRig, type Rig } from './rig.js'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

function message(rig: Rig, change: Partial<Message> = {}): Message {
  const [sent] = rig.sent
  if (sent === undefined) throw new Error('send one first')
  return { ...sent.message, ...change }
}

/** A rig whose worker has a task `good`, one message of which was sent and run. */
async function ready(more: Parameters<typeof createRig>[0] = {}) {
  const rig = createRig(more)
  const calls: unknown[] = []
  const good = rig.app.task('good', (value: unknown) => {
    calls.push(value)
    return value
  })
  const worker = await rig.start({ maxMessageSize: 10_000 })
  await good.delay('first').get({ timeout: 5 })
  return { rig, calls, good, worker }
}

describe('an unknown task', () => {
  it('[W-40] is logged with the known names, FAILURE NotRegistered is stored, and it is acknowledged', async () => {
    const { rig, good } = await ready()
    const result = await rig.app.sendTask('no.such', [1])
    await expect(result.get({ timeout: 5 })).rejects.toBeInstanceOf(NotRegistered)
    await rig.empty()
    const { message: line } = await rig.line("Received unregistered task of type 'no.such'")
    expect(line).toContain('good')
    expect(await good.delay('next').get({ timeout: 5 })).toBe('next')
  })

  it('tells its errbacks and its chord', async () => {
    const { rig, good } = await ready()
    const told: string[] = []
    const errback = rig.app.task('errback', (id: string) => {
      told.push(id)
    })
    const lone = await rig.app.sendTask('no.such', [], { linkError: errback.s() })
    const joined = await chord([good.s(1), rig.app.signature('no.such')], good.s()).delay()
    await expect(joined.get({ timeout: 5 })).rejects.toThrow(/Dependency .* raised .*no.such/)
    await rig.line('Task errback')
    await rig.line(/errback\[.*succeeded/)
    expect(told).toEqual([lone.id])
  })
})

describe('a message that no task can be made of', () => {
  it.each([
    ['cut short', { body: text('[[1], {}, {"callb') }],
    ['not JSON', { body: text('\u0000\u0001') }],
    ['with two elements', { body: text('[[1], {}]') }],
    ['empty', { body: text('') }]
  ])('is kept in umbel.dead.<queue> when its body is %s', async (_what, change) => {
    const { rig, good } = await ready()
    const sent = message(rig, change)
    await rig.publish({ ...sent, headers: { ...sent.headers, id: 'dead-1' } })
    const [dead] = await rig.take('umbel.dead.celery')
    expect(dead?.message.headers).toMatchObject({ task: 'good', id: 'dead-1', 'umbel-dead-queue': 'celery' })
    expect(String(dead?.message.headers['umbel-dead-reason'])).not.toBe('')
    expect([...(dead?.message.body ?? [])]).toEqual([...change.body])
    await rig.empty()
    expect(await good.delay('next').get({ timeout: 5 })).toBe('next')
    await expect(rig.app.asyncResult('dead-1').get({ timeout: 5 })).rejects.toThrow()
  })

  it.each([
    ['foreign', (sent: Message) => ({ ...sent, headers: { hello: 'world' }, body: text('{"no": "task"}') })],
    ['without an id', (sent: Message) => ({ ...sent, headers: { ...sent.headers, id: null } })],
    ['oversized', (sent: Message) => ({ ...sent, body: new Uint8Array(20_000) })],
    ['with a bad eta', (sent: Message) => ({ ...sent, headers: { ...sent.headers, eta: 'tomorrow' } })],
    [
      'of a content type nobody knows',
      (sent: Message) => ({ ...sent, properties: { ...sent.properties, contentType: 'text/klingon' } })
    ]
  ])('is kept with the reason, and the worker goes on: %s', async (_what, change) => {
    const { rig, good, calls } = await ready()
    await rig.publish(change(message(rig)))
    const [dead] = await rig.take('umbel.dead.celery')
    const reason = String(dead?.message.headers['umbel-dead-reason'])
    await rig.line(`it was moved to umbel.dead.celery: ${reason}`)
    await rig.empty()
    expect(await good.delay('next').get({ timeout: 5 })).toBe('next')
    expect(calls).toEqual(['first', 'next'])
  })

  it('[P-14] refuses content that is not accepted: ContentDisallowed, logged, acknowledged, never executed', async () => {
    const { rig, calls, good } = await ready({ acceptContent: ['json'] })
    const sent = message(rig, { body: text('- [1]') })
    const properties = { ...sent.properties, contentType: 'application/x-yaml' }
    await rig.publish({ ...sent, headers: { ...sent.headers, id: 'yaml' }, properties })
    const error = await rig.app.asyncResult('yaml').get({ timeout: 5, propagate: false })
    expect(String(error)).toMatch(/ContentDisallowed|application\/x-yaml/)
    const [meta] = await (await rig.app.services.gateway().backend()).load(['yaml'])
    expect(meta?.result).toMatchObject({ exc_type: 'ContentDisallowed', exc_module: 'kombu.exceptions' })
    await rig.line('application/x-yaml')
    await rig.empty()
    expect(await rig.stat('umbel.dead.celery')).toMatchObject({ ready: 1 })
    expect(await good.delay('next').get({ timeout: 5 })).toBe('next')
    expect(calls).toEqual(['first', 'next'])
  })

  it('[W-41] bad arguments are the failure of that task only', async () => {
    const { rig, good } = await ready()
    const named = rig.app.task('named', { params: ['x'], typing: false }, (x: number) => x)
    const results = await Promise.all([
      rig.app.sendTask('named', [], { kwargs: { y: 1 } }),
      rig.app.sendTask('named', [1, 2]),
      rig.app.sendTask('good', [], { kwargs: { z: 1 } })
    ])
    for (const result of results) await expect(result.get({ timeout: 5 })).rejects.toThrow(TypeError)
    expect(await named.delay(1).get({ timeout: 5 })).toBe(1)
    const sent = message(rig, { body: text('not even JSON') })
    await rig.publish({ ...sent, headers: { ...sent.headers, id: 'mal' } })
    await rig.line('moved to umbel.dead.celery')
    await rig.empty()
    expect(await good.delay('next').get({ timeout: 5 })).toBe('next')
  })
})
