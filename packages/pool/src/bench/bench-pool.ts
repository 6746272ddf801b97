import { randomUUID } from 'node:crypto'
import type { Job, Pool, PoolOptions } from '../contract.js'

export interface BenchOptions {
  /** Makes the pool to be measured. */
  create(options: Pick<PoolOptions, 'entry' | 'data' | 'slots' | 'events'>): Pool
  /** Jobs at a time. Default 64. */
  readonly slots?: number
  /** Default 200,000. */
  readonly jobs?: number
}

/** How many jobs a second a pool gets through that do nothing, each with the headers of a real task message. */
export async function benchPool(options: BenchOptions): Promise<number> {
  const { create, slots = 64, jobs: total = 200_000 } = options
  const messages = Array.from({ length: slots }, createMessage)
  let handed = 0
  let finished = 0
  return new Promise((resolve, reject) => {
    let begun = 0
    const pool = create({
      entry: new URL('./noop.js', import.meta.url).href,
      data: null,
      slots,
      events: createEvents()
    })
    pool.start(new AbortController().signal).then(() => {
      begun = performance.now()
      refill()
    }, reject)

    function refill(): void {
      const count = Math.min(pool.idle, total - handed)
      if (count > 0) pool.run(Array.from({ length: count }, nextJob))
    }

    function nextJob(): Job {
      const message = messages[handed % slots] ?? createMessage()
      return { key: String(handed++), message, delivery: DELIVERY }
    }

    function createEvents(): PoolOptions['events'] {
      return {
        accepted: () => undefined,
        idle: () => undefined,
        call: () => Promise.resolve(null),
        notify: () => undefined,
        concluded: () => undefined,
        finished: reports => {
          finished += reports.length
          if (finished < total) return refill()
          const rate = total / ((performance.now() - begun) / 1000)
          pool.stop().then(() => resolve(rate), reject)
        }
      }
    }
  })
}

const DELIVERY = { queue: 'celery', exchange: '', routingKey: 'celery', redelivered: false, priority: 0 }

function createMessage(): Job['message'] {
  const id = randomUUID()
  const headers = {
    lang: 'js',
    task: 'tasks.add',
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    group_index: null,
    retries: 0,
    timelimit: [null, null],
    root_id: id,
    parent_id: null,
    argsrepr: '[1, 1]',
    kwargsrepr: '{}',
    origin: '4242@host',
    ignore_result: false,
    replaced_task_nesting: 0,
    stamped_headers: null,
    stamps: {}
  }
  const properties = {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    correlationId: id,
    deliveryMode: 2,
    priority: 0
  } as const
  const embed = '{"callbacks": null, "errbacks": null, "chain": null, "chord": null}'
  return { headers, properties, body: Buffer.from(`[[1, 1], {}, ${embed}]`) }
}
