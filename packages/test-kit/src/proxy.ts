import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and the server, and can fail. */
export interface Proxy {
  readonly port: number
  /** Nothing goes through any more, and nobody is told. */
  swallow(): void
  /** Every connection ends. */
  cut(): void
  close(): Promise<void>
}

export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(target, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    swallow: () => {
      for (const socket of sockets) socket.unpipe().pause()
    },
    close: () =>
      new Promise(resolve => {
        cut()
        server.close(() => resolve())
      })
  }
}
