import { type Proxy, startProxy } from '@umbel/test-kit'
import { Umbel } from 'umbel'
import { groundAt, type ServerName } from '../grounds.js'
import { Project } from '../project.js'
import type { Spawned } from '../spawned.js'
import { until } from '../until.js'
import { OwnServer } from './own-server.js'

/** Whose connections a proxy carries. */
interface Proxies {
  readonly worker: Proxy
  /** Where the worker goes when the first does not answer. */
  readonly second: Proxy
  readonly client: Proxy
  readonly results: Proxy
}

export interface SceneOptions {
  readonly broker: ServerName
  /** How long something stays away, seconds. */
  readonly away: number
}

/** A server of its own, a worker and a client that sends all the time, each behind a proxy: what faults are made in. */
export class Scene {
  readonly broker: ServerName
  readonly away: number
  readonly server: OwnServer
  readonly proxies: Proxies
  readonly project: Project
  /** Of whoever is not concerned: straight to the server. */
  readonly app: Umbel
  readonly #resultServer: OwnServer | undefined
  #worker: Spawned | undefined
  #client: Spawned | undefined

  private constructor({ broker, away }: SceneOptions, parts: Parts) {
    this.broker = broker
    this.away = away
    this.server = parts.server
    this.proxies = parts.proxies
    this.project = parts.project
    this.#resultServer = parts.resultServer
    const { queue } = parts.project.ground
    this.app = new Umbel('faults', { broker: this.server.url, backend: 'disabled', taskDefaultQueue: queue })
  }

  static async create(options: SceneOptions): Promise<Scene> {
    const scene = new Scene(options, await partsOf(options))
    await scene.revive()
    return scene
  }

  get worker(): Spawned {
    if (this.#worker === undefined) throw new Error('there is no worker')
    return this.#worker
  }

  get client(): Spawned {
    if (this.#client === undefined) throw new Error('there is no client')
    return this.#client
  }

  /** Whoever has ended is started again. */
  async revive(): Promise<void> {
    if (this.#worker?.running !== true) this.#worker = await this.project.worker({ concurrency: 4, lease: 1 })
    if (this.#client?.running === true) return
    const env = { CELERY_BROKER_URL: through(this.proxies.client, this.server.url) }
    this.#client = this.project.clientWith({ env }, 'stream', `s${Date.now()}`)
    await this.#client.prints(/accepted/)
  }

  /** Sent by somebody whom the fault did not touch. Milliseconds since the epoch at which it ran. */
  async probe(key: string, seconds: number): Promise<number> {
    const describe = (): string => `${key} did not run\n${this.worker.output.slice(-4000)}`
    const send = async (): Promise<true | undefined> =>
      await this.app.sendTask('e2e.late', [key]).then(
        () => true,
        () => undefined
      )
    await until(send, { seconds, describe: () => `${key} was not accepted` })
    const effect = await until(() => this.project.effects.of(key, 'start')[0], { seconds, describe })
    return effect.at
  }

  async close(): Promise<void> {
    await this.project.close()
    await this.app.close()
    for (const proxy of Object.values(this.proxies)) await proxy.close()
    await this.server.dispose()
    await this.#resultServer?.dispose()
  }
}

interface Parts {
  readonly server: OwnServer
  /** Where the broker keeps no results. */
  readonly resultServer: OwnServer | undefined
  readonly proxies: Proxies
  readonly project: Project
}

async function partsOf({ broker }: SceneOptions): Promise<Parts> {
  const server = await OwnServer.start(broker)
  const resultServer = broker === 'rabbitmq' ? await OwnServer.start('redis') : undefined
  const store = resultServer ?? server
  const [worker, second, client] = [await proxyTo(server), await proxyTo(server), await proxyTo(server)]
  const proxies = { worker, second, client, results: await proxyTo(store) }
  const first = through(worker, server.url)
  const url = broker === 'postgres' ? first : `${first};${through(second, server.url)}`
  const ground = groundAt(broker, url, through(proxies.results, store.url))
  return { server, resultServer, proxies, project: await Project.create({ ...ground, own: true }) }
}

function proxyTo({ port }: OwnServer): Promise<Proxy> {
  return startProxy(port)
}

function through({ port }: Proxy, text: string): string {
  const url = new URL(text)
  url.host = `127.0.0.1:${port}`
  return url.href
}
