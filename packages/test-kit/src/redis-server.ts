import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from './port.js'
import { until } from './until.js'

export interface RedisServerOptions {
  /** Everything is written below it. */
  readonly folder: string
  /** Lines of redis.conf. */
  readonly settings?: readonly string[]
  /** A Sentinel rather than a server. */
  readonly sentinel?: boolean
}

/** A Redis of a test's own, on loopback, that may be ended and started again. @throws where none is installed */
export class RedisServer {
  readonly port: number
  /** Path of its unix socket. */
  readonly socket: string
  readonly #arguments: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, { folder, settings = [], sentinel = false }: RedisServerOptions) {
    this.port = port
    this.socket = join(folder, `${port}.sock`)
    const file = join(folder, `${port}.conf`)
    const basic = ['bind 127.0.0.1', `dir ${folder}`, `unixsocket ${this.socket}`, 'protected-mode no']
    const ports = settings.some(line => line.startsWith('port ')) ? [] : [`port ${port}`]
    const kept = sentinel ? [] : ['save ""', `dbfilename ${port}.rdb`, `appendfilename ${port}.aof`]
    writeFileSync(file, `${[...basic, ...ports, ...kept, ...settings].join('\n')}\n`)
    this.#arguments = sentinel ? [file, '--sentinel'] : [file]
  }

  static async start(options: RedisServerOptions): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    this.#process = spawn('redis-server', this.#arguments, { stdio: 'ignore' })
    await until(() => answers(this.socket), { what: `the Redis at port ${this.port} answers` })
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
}

/** Anything that it says will do: it may want a password first. */
async function answers(socket: string): Promise<boolean> {
  const client = connect(socket)
  try {
    client.write('PING\r\n')
    await once(client, 'data')
    return true
  } catch {
    return false
  } finally {
    client.destroy()
  }
}
