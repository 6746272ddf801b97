import { UnroutableError } from '@umbel/transport'
import { broadcast } from '../broadcast.js'
import { Inspect } from '../inspect.js'
import { afterAll, beforeAll, describe, expect, it } from './jest.js'
import { type MailboxSetup, Rig } from './rig.js'
import { until } from './until.js'

export type { MailboxSetup }

/** Remote control against one broker that has fanout. Needs jest. */
export function describeMailbox(name: string, setup: () => Promise<MailboxSetup>): void {
  describe(`mailbox on ${name}`, () => {
    let broker: MailboxSetup | undefined
    beforeAll(async () => {
      broker = await setup()
    })
    afterAll(() => broker?.teardown())
    for (const [title, body] of Object.entries(SCENES)) it(title, () => play(broker, body))
  })
}

async function play(setup: MailboxSetup | undefined, body: (rig: Rig) => Promise<void>): Promise<void> {
  if (setup === undefined) throw new Error('the set-up failed')
  const rig = new Rig(setup)
  try {
    await body(rig)
  } finally {
    await rig.finish()
  }
}

const SCENES: Readonly<Record<string, (rig: Rig) => Promise<void>>> = {
  '[RC-01][TR-03] reaches every node, and brings every answer': async rig => {
    await rig.node('w1@h')
    await rig.node('w2@h')
    const replies = await rig.ask()
    expect(byName(replies)).toEqual([{ 'w1@h': { ok: 'pong' } }, { 'w2@h': { ok: 'pong' } }])
  },

  '[RC-03][TR-37] reaches only nodes that are named, or whose name fits a pattern': async rig => {
    for (const hostname of ['w1@a', 'w2@a', 'w1@b']) await rig.node(hostname)
    expect(namesOf(await rig.ask({ destination: ['w2@a', 'w1@b'] }))).toEqual(['w1@b', 'w2@a'])
    expect(namesOf(await rig.ask({ destination: 'w2@a' }))).toEqual(['w2@a'])
    expect(namesOf(await rig.ask({ pattern: 'w1@*', limit: 2 }))).toEqual(['w1@a', 'w1@b'])
    expect(namesOf(await rig.ask({ pattern: '.+@a$', matcher: 'pcre', limit: 2 }))).toEqual(['w1@a', 'w2@a'])
    expect(rig.heard.length).toBe(7)
  },

  '[P-20][TR-37] writes commands and replies as Celery does': async rig => {
    const { mailbox } = rig
    const channel = await rig.channel()
    const commands = await rig.read(channel, mailbox.nodeTopology('reader@h'))
    const answers = await rig.read(channel, mailbox.replyTopology('asker'))
    const asked = { command: 'revoke', arguments: { task_id: 'a' }, pattern: '*@h', timeout: 0.2 } as const
    await rig.ask({ ...asked, destination: ['other@h'] })
    await rig.ask({ command: 'ping', reply: false })
    await until('both were read', () => commands.length === 2)
    const [first, second] = commands
    const { ticket, reply_to: replyTo, ...rest } = first?.body ?? {}
    expect(rest).toEqual({
      method: 'revoke',
      arguments: { task_id: 'a' },
      destination: ['other@h'],
      pattern: '*@h',
      matcher: 'glob'
    })
    expect(replyTo).toEqual({ exchange: `reply.${rig.namespace}.pidbox`, routing_key: mailbox.asked.at(-1) })
    expect(ticket).toMatch(/^[\da-f-]{36}$/)
    expect(first?.headers).toMatchObject({ clock: expect.any(Number), expires: expect.any(Number) })
    expect(Number(first?.headers['expires'])).toBeGreaterThan(1_700_000_000)
    expect(second?.headers['expires']).toBe(0)
    expect(Number(second?.headers['clock'])).toBeGreaterThan(Number(first?.headers['clock']))
    expect(second?.body).toEqual({ method: 'ping', arguments: {}, destination: null, pattern: null, matcher: null })

    await rig.node('w1@h')
    const to = { exchange: mailbox.replyExchange.name, routing_key: 'asker' }
    const command = {
      method: 'ping',
      arguments: {},
      destination: null,
      pattern: null,
      matcher: null,
      ticket: 't',
      reply_to: to
    }
    await channel.publish([
      { exchange: mailbox.exchange.name, routingKey: '', message: jsonMessage(JSON.stringify(command)) }
    ])
    await until('the answer was read', () => answers.length === 1)
    expect(answers[0]?.body).toEqual({ 'w1@h': { ok: 'pong' } })
    expect(answers[0]?.headers).toMatchObject({ ticket: 't', clock: expect.any(Number) })
  },

  '[RC-04] collects answers in a queue that expires, no longer than for the destinations, the limit, or the time without one':
    async rig => {
      await rig.node('w1@h')
      await rig.node('w2@h')
      const [queue] = rig.mailbox.replyTopology('me').queues
      expect(queue).toMatchObject({ name: `me.reply.${rig.namespace}.pidbox`, autoDelete: true, exclusive: true })
      expect(queue?.arguments).toEqual({ 'x-expires': 10_000, 'x-message-ttl': 300_000 })
      const inspect = new Inspect(request => rig.ask(request), { limit: 2 })
      expect(await inspect.ping()).toEqual({ 'w1@h': { ok: 'pong' }, 'w2@h': { ok: 'pong' } })
      expect(await timed(() => rig.ask({ destination: ['w1@h'], timeout: 30 }))).toBeLessThan(10)
      expect(await timed(() => rig.ask({ limit: 2, timeout: 30 }))).toBeLessThan(10)
      expect(namesOf(await rig.ask({ limit: 1, timeout: 30 }))).toHaveLength(1)
      expect(await rig.ask({ destination: ['nobody@h'], timeout: 0.3 })).toEqual([])
    },

  'answers nothing where no node is': async rig => {
    expect(await rig.ask({ timeout: 0.2 })).toEqual([])
  },

  '[TR-37] sends without waiting for answers': async rig => {
    await rig.node('w1@h')
    expect(await rig.ask({ reply: false })).toEqual([])
    await until('the command was heard', () => rig.heard.includes('w1@h ping'))
  },

  '[RC-37] tells errors as replies, and goes on': async rig => {
    await rig.node('w1@h', method => {
      if (method === 'broken') throw new TypeError('no such luck')
      return method === 'unwritable' ? { value: () => 1 } : { ok: method }
    })
    await rig.node('w2@h')
    const one = { destination: ['w1@h'], timeout: 5 }
    expect(await rig.ask({ ...one, command: 'broken' })).toEqual([{ 'w1@h': { error: "TypeError('no such luck')" } }])
    expect(await rig.ask({ ...one, command: 'unwritable' })).toEqual([
      { 'w1@h': { error: expect.stringContaining('EncodeError') } }
    ])
    expect(await rig.ask({ command: 'nonexist', destination: ['w2@h'], timeout: 5 })).toEqual([
      { 'w2@h': { error: "KeyError('nonexist')" } }
    ])
    expect(await rig.ask({ ...one, command: 'on' })).toEqual([{ 'w1@h': { ok: 'on' } }])
    expect(rig.logged.join('\n')).toContain('"nonexist"')
  },

  'lives on after what is no command': async rig => {
    await rig.node('w1@h')
    const channel = await rig.channel()
    const { exchange } = rig.mailbox
    await channel.declare({ exchanges: [exchange] })
    for (const body of ['{"method": 1}', '[]', '{'])
      await channel.publish([{ exchange: exchange.name, routingKey: '', message: jsonMessage(body) }])
    expect(await rig.ask({ destination: ['w1@h'], timeout: 5 })).toEqual([{ 'w1@h': { ok: 'pong' } }])
  },

  '[TR-37] keeps the answers of calls apart that wait at one time': async rig => {
    await rig.node('w1@h', (method, { n }) => ({ [method]: n }))
    const connection = await rig.connect()
    const ask = (n: number): ReturnType<typeof rig.ask> =>
      broadcast(connection, rig.mailbox, { command: 'echo', arguments: { n }, reply: true, limit: 1, timeout: 10 })
    const replies = await Promise.all(Array.from({ length: 10 }, (_, n) => ask(n)))
    expect(replies).toEqual(Array.from({ length: 10 }, (_, n) => [{ 'w1@h': { echo: n } }]))
  },

  'hears again under the same name after its connection has ended': async rig => {
    const connection = await rig.connect()
    await rig.nodeOn(connection, 'w1@h')
    await connection.close()
    await rig.node('w1@h')
    expect(await rig.ask({ destination: ['w1@h'], timeout: 5 })).toEqual([{ 'w1@h': { ok: 'pong' } }])
  },

  'leaves no queue of an answer behind': async rig => {
    await rig.node('w1@h')
    expect(await rig.ask({ limit: 1, timeout: 5 })).toHaveLength(1)
    expect(await rig.ask({ destination: ['nobody@h'], timeout: 0.1 })).toEqual([])
    const channel = await rig.channel()
    const { exchanges = [] } = rig.mailbox.nodeTopology('w1@h')
    await channel.declare({ exchanges })
    const late = rig.mailbox.asked.map(oid => ({
      exchange: rig.mailbox.replyExchange.name,
      routingKey: oid,
      message: jsonMessage('{}')
    }))
    expect(await channel.publish(late)).toEqual([expect.any(UnroutableError), expect.any(UnroutableError)])
  }
}

function jsonMessage(text: string) {
  const properties = {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    deliveryMode: 2,
    priority: 0
  } as const
  return { headers: {}, properties, body: new TextEncoder().encode(text) }
}

function namesOf(replies: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return replies.flatMap(reply => Object.keys(reply)).sort()
}

function byName<Reply extends Readonly<Record<string, unknown>>>(replies: readonly Reply[]): readonly Reply[] {
  return [...replies].sort((a, b) => (Object.keys(a)[0] ?? '').localeCompare(Object.keys(b)[0] ?? ''))
}

/** Seconds. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await call()
  return (performance.now() - start) / 1000
}
