import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  type Authority,
  type Certificate,
  createAuthority,
  RabbitServer,
  temporaryFolder,
  type TemporaryFolder,
  until
} from '@umbel/test-kit'
import {
  type Channel,
  type Connection,
  ConnectionError,
  type ConnectOptions,
  type Delivery,
  PublishTimeoutError
} from '@umbel/transport'
import { amqp } from '@umbel/transport-amqp'
import { toQueue } from './support.js'

describe('a server of RabbitMQ', () => {
  let server: RabbitServer
  let folder: TemporaryFolder
  let authority: Authority
  let client: Certificate
  const connections: Connection[] = []

  beforeAll(async () => {
    folder = temporaryFolder('rabbit-tls')
    authority = createAuthority(folder.path)
    client = authority.issue('client')
    const own = authority.issue('server', ['localhost'])
    server = await RabbitServer.start({ tls: { ca: authority.file, ...own } })
  }, 90_000)

  afterAll(async () => {
    await server?.dispose()
    folder.dispose()
  }, 30_000)

  afterEach(async () => {
    await Promise.all(connections.splice(0).map(connection => connection.close()))
  })

  async function connect(url = server.url, options: ConnectOptions = {}): Promise<Connection> {
    const connection = await amqp().connect(url, options)
    connections.push(connection)
    return connection
  }

  async function open(queue: string): Promise<Channel> {
    const channel = await (await connect()).openChannel()
    await channel.declare({ queues: [{ name: queue }] })
    return channel
  }

  it('[TR-05] is told who we are, and by the login method that was asked for', async () => {
    for (const loginMethod of ['PLAIN', 'AMQPLAIN']) {
      const client_properties = { team: `${loginMethod} team`, size: 300 }
      await connect(server.url, { loginMethod, name: `by ${loginMethod}`, transportOptions: { client_properties } })
      const listed = await server.control('-q', 'list_connections', 'auth_mechanism', 'client_properties')
      const line = listed.split('\n').find(text => text.startsWith(`${loginMethod}\t`))
      for (const part of ['"product","umbel"', `"connection_name","by ${loginMethod}"`, `"team","${loginMethod} team"`])
        expect(line).toContain(part)
    }
    for (const [loginMethod, message] of [
      ['EXTERNAL', /EXTERNAL/],
      ['KERBEROS', /expected PLAIN, AMQPLAIN or EXTERNAL, got "KERBEROS"/]
    ] as const)
      await expect(connect(server.url, { loginMethod })).rejects.toThrow(message)
    const wrong = { transportOptions: { client_properties: 'umbel' } }
    await expect(connect(server.url, wrong)).rejects.toThrow(/'client_properties': expected an object/)
  })

  describe('fails', () => {
    it('[TR-04] restarts under load: what it confirmed is there, and is consumed within 10 s of its return', async () => {
      const queue = 'restart'
      const accepted = new Set<string>()
      const seen = new Map<string, boolean>()
      let isOver = false
      const publishing = load({ queue, open, accepted, isOver: () => isOver })
      const consuming = drain({ queue, open, seen, isOver: () => isOver })
      await until(() => accepted.size > 500 && seen.size > 100)
      await server.kill()
      const before = seen.size
      await server.start()
      const returned = performance.now()
      await until(() => seen.size > before + 100, { what: 'consuming again', deadline: 10 })
      expect(performance.now() - returned).toBeLessThan(10_000)
      isOver = true
      await publishing
      await until(() => [...accepted].every(text => seen.has(text)), { what: 'all that was accepted is there' })
      await consuming
    }, 60_000)

    it('is short of memory: a publish ends at its deadline and says so, and what is there is consumed', async () => {
      const channel = await open('alarm')
      await channel.publish(['a', 'b', 'c'].map(text => toQueue('alarm', text)))
      const [only] = await take(channel, 'alarm', { prefetch: 1 })
      await server.control('set_vm_memory_high_watermark', '0.000001')
      try {
        expect(await channel.publish([toQueue('alarm', 'late')], { deadline: 0.5 })).toEqual([
          expect.any(PublishTimeoutError)
        ])
        const [error] = await channel.publish([toQueue('alarm', 'later')], { deadline: 0.5 })
        expect(error?.message).toMatch(/nothing at present: low on memory/)
        await channel.settle([{ tag: only?.tag ?? 0, kind: 'ack' }])
        const other = await (await connect()).openChannel()
        // The next of the three went to the one that made room.
        const rest = await take(other, 'alarm', { prefetch: 1 })
        expect(rest.map(({ message }) => String(Buffer.from(message.body)))).toEqual(['c'])
        await other.settle(rest.map(({ tag }) => ({ tag, kind: 'ack' })))
        const idle = async (): Promise<boolean> => /^alarm\t1$/m.test(await list(server, 'messages_unacknowledged'))
        await until(idle, { what: 'acknowledged in spite of the alarm' })
      } finally {
        await server.control('set_vm_memory_high_watermark', '0.4')
      }
      expect(await channel.publish([toQueue('alarm', 'after')])).toEqual([undefined])
    }, 60_000)

    it('ends all connections: each says why, and another can be opened', async () => {
      const channel = await open('closed')
      await server.control('close_all_connections', 'maintenance')
      const reason = await connections[0]?.closed
      expect(reason).toBeInstanceOf(ConnectionError)
      expect(reason).toMatchObject({ recoverable: true, message: expect.stringContaining('maintenance') })
      await expect(channel.publish([toQueue('closed')])).rejects.toMatchObject({ code: 'CLOSED' })
      expect(await (await open('closed')).publish([toQueue('closed')])).toEqual([undefined])
    }, 30_000)

    it('takes back what is held for longer than its consumer timeout: the connection ends, and it comes again', async () => {
      await server.control('eval', 'application:set_env(rabbit, consumer_timeout, 300).')
      await server.control('eval', 'application:set_env(rabbit, channel_tick_interval, 100).')
      try {
        const channel = await open('timeout')
        await channel.publish([toQueue('timeout')])
        await take(channel, 'timeout', { prefetch: 1 })
        expect(await connections[0]?.closed).toMatchObject({ code: 'CONNECTION', recoverable: true })
      } finally {
        await server.control('eval', 'application:set_env(rabbit, consumer_timeout, 1800000).')
        await server.control('eval', 'application:set_env(rabbit, channel_tick_interval, 60000).')
      }
      const [again] = await take(await open('timeout'), 'timeout', { prefetch: 1 })
      expect(again?.redelivered).toBe(true)
    }, 30_000)
  })

  describe('with TLS', () => {
    let trusted: Record<string, string>

    beforeEach(() => {
      trusted = { ca_certs: authority.file, ...client }
    })

    const query = (): string => {
      const { certfile, keyfile } = client
      return `ssl_ca_certs=${authority.file}&ssl_certfile=${certfile}&ssl_keyfile=${keyfile}`
    }

    it('[SEC-05][TR-05] is reached with its authority and a certificate of ours, from the setting and from the URL', async () => {
      for (const [url, tls] of [
        [`amqps://localhost:${server.tlsPort}`, trusted],
        [`amqp://localhost:${server.tlsPort}`, trusted],
        [`pyamqp://127.0.0.1:1;amqps://localhost:${server.tlsPort}`, trusted],
        [`amqps://localhost:${server.tlsPort}?${query()}`, undefined]
      ] as const) {
        const connection = await connect(url, tls === undefined ? {} : { tls })
        const channel = await connection.openChannel()
        await channel.declare({ queues: [{ name: 'tls' }] })
        expect(await channel.publish([toQueue('tls')])).toEqual([undefined])
      }
    })

    const refusals = [
      {
        what: 'an authority that we do not know',
        tls: () => ({ ...client }),
        host: 'localhost',
        message: /self.signed|unable to (verify|get)/i
      },
      { what: 'a name that is not its own', tls: () => trusted, host: '127.0.0.1', message: /127\.0\.0\.1|altname/i },
      {
        what: 'no certificate of ours',
        tls: () => ({ ca_certs: authority.file }),
        host: 'localhost',
        message: /certificate required|handshake failure/i
      }
    ]

    it.each(refusals)('[SEC-05][TR-05] refuses $what, for good, within 5 s', async ({ tls, host, message }) => {
      const since = performance.now()
      const connecting = connect(`amqps://${host}:${server.tlsPort}`, { tls: tls() })
      const error: unknown = await connecting.catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error).toMatchObject({ recoverable: false, message: expect.stringMatching(message) })
      expect(performance.now() - since).toBeLessThan(5000)
    })

    it('[SEC-05] verifies as much as it is told to: neither, the authority alone, or both', async () => {
      const strange = { ...client }
      const nobody = `amqps://127.0.0.1:${server.tlsPort}`
      await connect(nobody, { tls: { ...strange, cert_reqs: 'none' } })
      await connect(`${nobody}?${query()}&ssl_check_hostname=false`)
      await connect(nobody, { tls: { ...trusted, checkHostname: false } })
      await expect(connect(nobody, { tls: { ...strange, checkHostname: false } })).rejects.toThrow(/verify|self.signed/)
      await expect(connect(nobody, { tls: { ...trusted, cert_reqs: 'required' } })).rejects.toThrow(
        /127\.0\.0\.1|altname/
      )
    })

    it('is not taken for one without', async () => {
      await expect(connect(`amqp://127.0.0.1:${server.tlsPort}`, { timeout: 2 })).rejects.toBeInstanceOf(
        ConnectionError
      )
      const plain = `amqps://127.0.0.1:${new URL(server.url).port}`
      await expect(connect(plain, { tls: trusted, timeout: 2 })).rejects.toBeInstanceOf(ConnectionError)
    })
  })
})

interface Load {
  readonly queue: string
  readonly open: (queue: string) => Promise<Channel>
  readonly isOver: () => boolean
}

/** Publishes until it is over, on a new connection whenever one ends; notes what was accepted. */
async function load({ queue, open, accepted, isOver }: Load & { readonly accepted: Set<string> }): Promise<void> {
  for (let number = 0; !isOver(); ) {
    const channel = await open(queue).catch(() => undefined)
    for (let works = channel !== undefined; works && !isOver(); ) {
      const texts = Array.from({ length: 20 }, () => String(number++))
      const outcomes = await channel?.publish(texts.map(text => toQueue(queue, text))).catch(() => undefined)
      works = outcomes !== undefined
      outcomes?.forEach((outcome, index) => {
        if (outcome === undefined) accepted.add(texts[index] ?? '')
        else works = false
      })
    }
    if (channel === undefined) await new Promise(resolve => setTimeout(resolve, 100))
  }
}

/** Consumes likewise; notes what came, and whether it was marked. */
async function drain({ queue, open, seen, isOver }: Load & { readonly seen: Map<string, boolean> }): Promise<void> {
  while (!isOver()) {
    const channel = await open(queue).catch(() => undefined)
    const deliver = (batch: readonly Delivery[]): void => {
      for (const { message, redelivered } of batch) seen.set(String(Buffer.from(message.body)), redelivered)
      channel?.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' }))).catch(() => undefined)
    }
    await channel?.consume([queue], { deliver, lost: () => {} }, { prefetch: 100 }).catch(() => undefined)
    const works = async (): Promise<boolean> => {
      const isOpen = await channel?.stat([queue]).then(
        () => true,
        () => false
      )
      return isOver() || isOpen !== true
    }
    await until(works, { deadline: 60 })
    if (channel === undefined) await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function take(
  channel: Channel,
  queue: string,
  { prefetch }: { readonly prefetch: number }
): Promise<readonly Delivery[]> {
  const taken: Delivery[] = []
  const deliver = (batch: readonly Delivery[]): void => void taken.push(...batch)
  await channel.consume([queue], { deliver, lost: () => {} }, { prefetch })
  await until(() => taken.length > 0, { what: `something of ${queue}` })
  return taken
}

async function list(server: RabbitServer, column: string): Promise<string> {
  return await server.control('-q', 'list_queues', 'name', column)
}
