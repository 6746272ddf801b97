import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './port.js'
import { until } from './until.js'

export interface RabbitServerOptions {
  /** PEM files; with them it also listens with TLS, and asks clients for a certificate of `ca`. */
  readonly tls?: { readonly ca: string; readonly certfile: string; readonly keyfile: string }
}

interface Ports {
  readonly amqp: number
  readonly tls: number
  readonly distribution: number
  readonly epmd: number
}

const BIN = '/usr/lib/rabbitmq/bin'

/** A RabbitMQ server of a test's own, on loopback, that may be ended and started again. */
export class RabbitServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'umbel-rabbit-'))
  readonly #ports: Ports
  #process: ChildProcess | undefined

  private constructor(ports: Ports) {
    this.#ports = ports
  }

  /** @throws where none is installed */
  static async start({ tls }: RabbitServerOptions = {}): Promise<RabbitServer> {
    const [amqp, tlsPort, distribution, epmd] = [await freePort(), await freePort(), await freePort(), await freePort()]
    const server = new RabbitServer({ amqp, tls: tlsPort, distribution, epmd })
    server.#configure(tls)
    await server.start()
    return server
  }

  get url(): string {
    return `amqp://127.0.0.1:${this.#ports.amqp}`
  }

  get tlsPort(): number {
    return this.#ports.tls
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.#process = spawn(program('rabbitmq-server'), [], { env: this.#environment(), stdio: 'ignore', detached: true })
    await until(() => this.#answers(), { what: 'RabbitMQ answers', deadline: 60 })
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    process.kill(-child.pid, 'SIGKILL')
    await once(child, 'exit')
  }

  /** `rabbitmqctl <words>`; answers what it printed. */
  async control(...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program('rabbitmqctl'), [...words], { env: this.#environment() })
    return stdout
  }

  async dispose(): Promise<void> {
    await this.kill()
    // The port mapper that Erlang starts beside the node outlives it.
    await promisify(execFile)('epmd', ['-port', String(this.#ports.epmd), '-kill']).catch(() => undefined)
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #configure(tls: RabbitServerOptions['tls']): void {
    const secure = [
      `listeners.ssl.1 = 127.0.0.1:${this.#ports.tls}`,
      `ssl_options.cacertfile = ${tls?.ca}`,
      `ssl_options.certfile = ${tls?.certfile}`,
      `ssl_options.keyfile = ${tls?.keyfile}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true'
    ]
    const lines = ['loopback_users = none', 'log.console = false', ...(tls === undefined ? [] : secure)]
    writeFileSync(join(this.#folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`)
    writeFileSync(join(this.#folder, 'enabled_plugins'), '[].\n')
  }

  #environment(): Record<string, string | undefined> {
    const { amqp, distribution, epmd } = this.#ports
    return {
      ...process.env,
      HOME: this.#folder,
      RABBITMQ_NODENAME: `umbel-${amqp}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(amqp),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(this.#folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(this.#folder, 'log'),
      RABBITMQ_PID_FILE: join(this.#folder, 'pid'),
      RABBITMQ_CONFIG_FILE: join(this.#folder, 'rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.#folder, 'enabled_plugins'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(epmd)
    }
  }

  async #answers(): Promise<boolean> {
    if (this.#process?.exitCode !== null) throw new Error(`RabbitMQ ended; its log was in ${this.#folder}/log`)
    return await new Promise(resolve => {
      const socket = connect(this.#ports.amqp, '127.0.0.1', () => socket.write('AMQP\0\0\u0009\u0001'))
      socket.setTimeout(1000, () => socket.destroy())
      socket.once('data', () => {
        resolve(true)
        socket.destroy()
      })
      socket.once('error', () => undefined).once('close', () => resolve(false))
    })
  }
}

/** Debian's programs on the PATH change to another user; these run as we do. */
function program(name: string): string {
  const path = join(BIN, name)
  return existsSync(path) ? path : name
}
