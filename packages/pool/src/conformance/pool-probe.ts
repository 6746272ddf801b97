import { createDeferred, type Deferred } from '@umbel/runtime'
import type { ExecutorDeath, HostCall, Job, Pool, PoolEvents, PoolOptions, Report } from '../contract.js'
import type { FixtureData } from './fixture.js'

/** Everything of the options but what a kind of pool decides. */
export type ProbeOptions = Pick<PoolOptions, 'entry' | 'data' | 'slots' | 'events'>

/** The pool's owner in a test: keeps what it is told, and lets a test wait for it. */
export class PoolProbe implements PoolEvents {
  readonly pool: Pool
  readonly reports = new Map<string, Report[]>()
  readonly acceptedKeys: string[] = []
  readonly concludedKeys: string[] = []
  readonly notes: (readonly [method: string, payload: unknown])[] = []
  readonly deaths: ExecutorDeath[] = []
  idleEvents = 0
  readonly #releases = new Map<string, Deferred<unknown>>()
  #watchers: (() => void)[] = []

  constructor(
    create: (options: ProbeOptions) => Pool,
    options: { readonly slots: number; readonly data?: FixtureData; readonly entry?: string }
  ) {
    const { slots, data = {}, entry = new URL('./fixture.js', import.meta.url).href } = options
    this.pool = create({ entry, data, slots, events: this })
  }

  async start(): Promise<this> {
    await this.pool.start(new AbortController().signal)
    return this
  }

  accepted(keys: readonly string[]): void {
    this.acceptedKeys.push(...keys)
  }

  finished(reports: readonly Report[]): void {
    for (const report of reports) this.reports.set(report.key, [...(this.reports.get(report.key) ?? []), report])
    this.#changed()
  }

  concluded(keys: readonly string[]): void {
    this.concludedKeys.push(...keys)
    this.#changed()
  }

  idle(): void {
    this.idleEvents++
    this.#changed()
  }

  call({ method, payload }: HostCall): Promise<unknown> {
    if (method === 'fail') return Promise.reject(Object.assign(new RangeError('broker is down'), { recoverable: true }))
    if (method === 'unclonable') return Promise.resolve(() => undefined)
    if (method !== 'release') return Promise.resolve(payload)
    const release = createDeferred<unknown>()
    this.#releases.set(String(payload), release)
    this.#changed()
    return release.promise
  }

  notify(method: string, payload: unknown): void {
    this.notes.push([method, payload])
    this.#changed()
  }

  died(death: ExecutorDeath): void {
    this.deaths.push(death)
    this.#changed()
  }

  /** Jobs that do what the fixture calls `task`. */
  run(task: string, keys: readonly string[], headers: Readonly<Record<string, unknown>> = {}): void {
    this.pool.run(keys.map(key => createJob(key, { ...headers, task })))
  }

  /** Resolves when the body of an `untilReleased` job runs. */
  begun(key: string): Promise<void> {
    return this.until(() => this.#releases.has(key))
  }

  release(key: string): void {
    this.#releases.get(key)?.resolve('released')
  }

  /** The job's one report. */
  async report(key: string): Promise<Report> {
    await this.until(() => this.reports.has(key))
    const [report] = this.reports.get(key) ?? []
    if (report === undefined) throw new Error(`no report for ${key}`)
    return report
  }

  /** Resolves when the condition holds; looked at whenever something was told. @throws Error at the deadline */
  async until(condition: () => boolean, within = 10_000): Promise<void> {
    const end = performance.now() + within
    while (!condition()) {
      if (performance.now() > end) throw new Error(`still not after ${within} ms: ${condition.toString()}`)
      await this.#change(20)
    }
  }

  /** Jobs that were not reported, or more than once. */
  get wrongly(): readonly string[] {
    return [...this.reports].filter(([, reports]) => reports.length !== 1).map(([key]) => key)
  }

  #changed(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher()
  }

  #change(atMost: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, atMost)
      this.#watchers.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

export function createJob(key: string, headers: Readonly<Record<string, unknown>>, body = 'body'): Job {
  return {
    key,
    message: {
      headers,
      properties: { contentType: 'application/json', contentEncoding: 'utf-8' },
      body: Buffer.from(body)
    },
    delivery: { queue: 'celery', exchange: '', routingKey: 'celery', redelivered: false, priority: null }
  }
}
