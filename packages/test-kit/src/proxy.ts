import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Direction } from './direction.js'

/** Stands between clients and a server, and can fail in each of the ways in which networks do. */
export interface Proxy {
  readonly port: number
  /** Nothing goes through any more on connections that are there, for ever, and nobody is told; `of`: whose client has said this. */
  swallow(of?: { readonly saying?: string; readonly answersOnly?: boolean }): void
  /** Nothing goes through, new connections included, until `restore`; then all that was held back arrives. */
  hold(): void
  /** Every connection ends. */
  cut(): void
  /** Every connection ends, and new ones do at once, until `restore`. */
  refuse(): void
  /** From now on everything takes so much longer, each way, seconds. */
  slow(seconds: number): void
  restore(): void
  close(): Promise<void>
}

/** To a port of this machine. */
export async function startProxy(target: number): Promise<Proxy> {
  const wires = new Set<Wire>()
  const mode = { refusing: false, held: false, delay: 0 }
  const server = createServer(client => {
    if (mode.refusing) return void client.destroy()
    const wire = new Wire(client, connect(target, '127.0.0.1'), () => wires.delete(wire))
    wires.add(wire)
    wire.set(mode)
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const set = (change: Partial<typeof mode>): void => {
    Object.assign(mode, change)
    for (const wire of wires) wire.set(mode)
  }
  const cut = (): void => {
    for (const wire of wires) wire.cut()
  }
  return {
    port: (server.address() as AddressInfo).port,
    swallow: ({ saying = '', answersOnly = false } = {}) => {
      for (const wire of wires) if (wire.said.includes(saying)) wire.swallow(answersOnly)
    },
    hold: () => set({ held: true }),
    cut,
    refuse: () => {
      set({ refusing: true })
      cut()
    },
    slow: seconds => set({ delay: seconds * 1000 }),
    restore: () => set({ refusing: false, held: false, delay: 0 }),
    close: () =>
      new Promise(resolve => {
        cut()
        server.close(() => resolve())
      })
  }
}

/** How much of what a client said is remembered, bytes. */
const MEMORY = 16_384

/** One connection through the proxy. */
class Wire {
  /** What the client said at first. */
  said = ''
  readonly #sockets: readonly Socket[]
  readonly #there: Direction
  readonly #back: Direction

  constructor(client: Socket, server: Socket, ended: () => void) {
    this.#sockets = [client, server]
    this.#there = new Direction(client, server)
    this.#back = new Direction(server, client)
    client.on('data', (chunk: Buffer) => {
      if (this.said.length < MEMORY) this.said += chunk.toString('latin1')
    })
    for (const socket of this.#sockets) {
      socket.setNoDelay(true)
      socket.on('close', () => {
        if (this.#sockets.every(({ destroyed }) => destroyed)) ended()
      })
    }
  }

  set(mode: { readonly held: boolean; readonly delay: number }): void {
    this.#there.set(mode)
    this.#back.set(mode)
  }

  swallow(answersOnly: boolean): void {
    if (!answersOnly) this.#there.stop()
    this.#back.stop()
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
