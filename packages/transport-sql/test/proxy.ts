import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Proxy {
  readonly url: string
  /** From now on nothing passes, and nobody is told. */
  silence(): void
  close(): Promise<void>
}

/** Between the test and the server of a URL. */
export async function createProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    near.on('data', data => void (silent || far.write(data)))
    far.on('data', data => void (silent || near.write(data)))
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    silence: () => {
      silent = true
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    }
  }
}
