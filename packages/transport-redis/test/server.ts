import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { until } from './support.js'

/** A server of one test's own, that may be ended and started again. */
export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), 'umbel-redis-'))
  readonly port: number
  readonly #options: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, options: readonly string[]) {
    this.port = port
    this.#options = options
  }

  static async start(options: readonly string[] = []): Promise<Server> {
    const server = new Server(await freePort(), options)
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`
  }

  get socket(): string {
    return join(this.folder, 'redis.sock')
  }

  async start(): Promise<void> {
    const basic = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.folder,
      '--unixsocket',
      this.socket
    ]
    this.#process = spawn('redis-server', [...basic, '--save', '', ...this.#options], { stdio: 'ignore' })
    await until('the server answers', () => this.#answers())
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  async dispose(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #answers(): Promise<boolean> {
    const client = new Redis({
      path: this.socket,
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      protocol: 2
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return true
    } catch (error) {
      return String(error).includes('NOAUTH')
    } finally {
      client.disconnect()
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
