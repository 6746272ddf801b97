import type { BackendFactory, ResultBackend } from '@umbel/backend'
import type { Channel, Connection, Outgoing, Transport } from '@umbel/transport'

/** What a test hears of the real broker and store, and how it troubles them. */
export interface Tap {
  /** What happened, in order. */
  readonly journal: string[]
  /** Messages that were published, also those that left with an ack. */
  readonly sent: Outgoing[]
  /** Connections that are open now. */
  readonly connections: Set<Connection>
  /** Why publishing fails now; undefined: it does not. */
  publishError?: Error | undefined
  /** A queue that takes nothing now, and why. */
  fullQueue?: { readonly name: string; readonly error: Error } | undefined
  settleError?: Error | undefined
  /** The broker settles, but its answer is this. */
  settleAnswer?: Error | undefined
  /** Why storing results fails now. */
  storeError?: Error | undefined
}

export function tapTransport(transport: Transport, tap: Tap): Transport {
  return {
    ...transport,
    async connect(url, options) {
      const connection = await transport.connect(url, options)
      tap.connections.add(connection)
      void connection.closed.then(() => tap.connections.delete(connection))
      return {
        url: connection.url,
        closed: connection.closed,
        openChannel: async () => tapChannel(await connection.openChannel(), tap),
        close: () => connection.close()
      }
    }
  }
}

function tapChannel(channel: Channel, tap: Tap): Channel {
  return {
    declare: topology => channel.declare(topology),
    async publish(batch, options) {
      const { publishError, fullQueue } = tap
      if (publishError !== undefined) return batch.map(() => publishError)
      const taken = batch.filter(({ routingKey }) => routingKey !== fullQueue?.name)
      tap.sent.push(...taken)
      for (const { message } of taken) tap.journal.push(`publish ${String(message.headers['task'])}`)
      const answers = taken.length === 0 ? [] : await channel.publish(taken, options)
      return batch.map(outgoing => (taken.includes(outgoing) ? answers[taken.indexOf(outgoing)] : fullQueue?.error))
    },
    consume: (queues, sink, options) => channel.consume(queues, sink, options),
    async settle(batch) {
      const { settleError } = tap
      if (settleError !== undefined) return batch.map(() => settleError)
      for (const settlement of batch) {
        tap.journal.push(`${settlement.kind} begins`)
        if (settlement.kind === 'ack') tap.sent.push(...(settlement.publish ?? []))
      }
      const answers = await channel.settle(batch)
      const { settleAnswer } = tap
      if (settleAnswer !== undefined) return batch.map(() => settleAnswer)
      for (const settlement of batch) tap.journal.push(`${settlement.kind} confirmed`)
      return answers
    },
    stat: queues => channel.stat(queues),
    purge: queue => channel.purge(queue),
    delete: queue => channel.delete(queue),
    close: () => channel.close()
  }
}

export function tapBackend(factory: BackendFactory, tap: Tap): BackendFactory {
  return { ...factory, connect: async (url, options) => tapStore(await factory.connect(url, options), tap) }
}

function tapStore(backend: ResultBackend, tap: Tap): ResultBackend {
  return new Proxy(backend, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: readonly unknown[]): unknown => {
        if (name === 'store')
          for (const { status } of args[0] as { status: string }[]) tap.journal.push(`store ${status}`)
        const { storeError } = tap
        if ((name === 'store' || name === 'pendingJoins') && storeError !== undefined) {
          if (name === 'pendingJoins') tap.journal.push('sweep fails')
          return Promise.reject(storeError)
        }
        if (name === 'storeParts') tap.journal.push('count parts')
        return Reflect.apply(value, target, args)
      }
    }
  })
}
