import { describe, expect, it } from '@jest/globals'
import { Umbel, type UmbelOptions } from '@umbel/app'
import { createMemory } from '@umbel/memory'
import { ImproperlyConfigured } from '@umbel/protocol'
import { broadcast, Node } from '@umbel/control'
import { createDeferred, silentLogger } from '@umbel/runtime'
import type { Connection } from '@umbel/transport'

function make(settings: UmbelOptions = {}): { readonly app: Umbel; readonly connections: Set<Connection> } {
  const { transport, backend } = createMemory()
  const connections = new Set<Connection>()
  const counted = {
    ...transport,
    connect: async (url: string, options = {}) => {
      const connection = await transport.connect(url, options)
      connections.add(connection)
      void connection.closed.then(() => connections.delete(connection))
      return connection
    }
  }
  const urls = { broker: 'memory://control', backend: 'memory://control' }
  return {
    app: new Umbel('control', { ...urls, transports: [counted], backends: [backend], ...settings }),
    connections
  }
}

type Handle = (method: string, args: object) => unknown
const echo: Handle = (method, args) => ({ [method]: args })

/** A node that answers with its arguments. */
async function listen(app: Umbel, hostname: string, handle: Handle = echo): Promise<Connection> {
  const connection = await app.connectionForRead()
  await Node.listen(connection, { hostname, mailbox: app.services.mailbox(), handle, logger: silentLogger })
  return connection
}

describe('the mailbox', () => {
  it('[CF-113] has control_exchange, control_queue_ttl and control_queue_expires', () => {
    const plain = make().app.services.mailbox()
    expect(plain.exchange.name).toBe('celery.pidbox')
    expect(plain.nodeTopology('w@h').queues?.[0]?.arguments).toEqual({ 'x-message-ttl': 300_000, 'x-expires': 10_000 })
    const own = make({ controlExchange: 'mine', controlQueueTtl: 1.5, controlQueueExpires: 20 }).app.services.mailbox()
    expect([own.exchange.name, own.replyExchange.name]).toEqual(['mine.pidbox', 'reply.mine.pidbox'])
    expect(own.queueOf('w@h')).toBe('w@h.mine.pidbox')
    expect(own.replyTopology('me').queues[0]?.arguments).toEqual({ 'x-message-ttl': 1500, 'x-expires': 20_000 })
  })

  it('[CF-114] has control_queue_exclusive and control_queue_durable, which exclude each other', () => {
    expect(make().app.services.mailbox().nodeTopology('w@h').queues?.[0]).toMatchObject({
      exclusive: true,
      durable: false,
      autoDelete: true
    })
    const { app } = make({ controlQueueExclusive: false, controlQueueDurable: true })
    expect(app.services.mailbox().nodeTopology('w@h').queues?.[0]).toMatchObject({
      exclusive: false,
      durable: true,
      autoDelete: false
    })
    expect(() => make({ controlQueueDurable: true }).app.services.mailbox()).toThrow(ImproperlyConfigured)
  })
})

describe('app.control', () => {
  it('sends any command, to all or some, and hears each answer when it comes', async () => {
    const { app } = make()
    await listen(app, 'a@h')
    await listen(app, 'b@h')
    const heard: object[] = []
    const options = {
      arguments: { n: 1 },
      reply: true,
      limit: 2,
      timeout: 5,
      callback: (reply: object) => heard.push(reply)
    }
    const replies = await app.control.broadcast('echo', options)
    expect(new Set(replies)).toEqual(new Set([{ 'a@h': { echo: { n: 1 } } }, { 'b@h': { echo: { n: 1 } } }]))
    expect(heard).toEqual(replies)
    expect(await app.control.inspect({ destination: 'b@h', timeout: 5 }).request('own', { x: null })).toEqual({
      'b@h': { own: { x: null } }
    })
    await app.close()
  })

  it('goes over a connection of the caller’s own, or where none is kept over one that is closed', async () => {
    const { app, connections } = make({ brokerPoolLimit: 0 })
    const node = await listen(app, 'a@h')
    expect(await app.control.broadcast('echo', { reply: true, limit: 1, timeout: 5 })).toHaveLength(1)
    expect([...connections]).toEqual([node])
    const own = await app.connectionForWrite()
    expect(await app.control.broadcast('echo', { reply: true, limit: 1, timeout: 5, connection: own })).toHaveLength(1)
    expect([...connections]).toEqual([node, own])
    await app.close()
  })

  it('takes another connection where the last one is gone, and says when one ends meanwhile', async () => {
    const { app } = make()
    const node = await listen(app, 'a@h')
    await app.control.broadcast('echo')
    const shared = await app.connectionOrAcquire()
    await shared.close()
    expect(await app.control.broadcast('echo', { reply: true, limit: 1, timeout: 5 })).toHaveLength(1)
    const own = await app.connectionForWrite()
    const silent = createDeferred<void>()
    await listen(app, 'silent@h', () => {
      silent.resolve()
      return new Promise(() => undefined)
    })
    const request = { command: 'echo', reply: true, destination: ['silent@h'], timeout: 30 }
    const waiting = broadcast(own, app.services.mailbox(), request)
    const outcome = expect(waiting).rejects.toThrow('the connection ended before all replies were there')
    await silent.promise
    await own.close()
    await outcome
    await node.close()
    await app.close()
  })

  it('refuses options that make no sense, and works no more once closed', async () => {
    const { app } = make()
    await expect(app.control.ping({ timeout: -1 })).rejects.toThrow(
      "option 'timeout': expected seconds from 0 on, got -1"
    )
    await expect(app.control.ping({ limit: 0 })).rejects.toThrow("option 'limit'")
    await expect(app.control.ping({ destination: [1] as never })).rejects.toThrow("option 'destination'")
    await expect(app.control.broadcast('')).rejects.toThrow("option 'command'")
    await app.close()
    await expect(app.control.ping()).rejects.toThrow('closed')
  })

  it('keeps revoked ids in the result store, where there is one', async () => {
    const { app } = make()
    await app.control.revoke(['a', 'b'])
    const { revocations } = await app.services.gateway().backend()
    expect(await revocations?.load()).toEqual(['a', 'b'])
    await app.close()
    const none = make({ backend: 'disabled' }).app
    await none.control.revoke('a')
    await none.close()
  })
})
