import { randomUUID } from 'node:crypto'
import type { ResultMeta } from '@umbel/protocol'
import type { ResultBackend } from '../contract.js'
import { successMeta } from '../metas.js'
import type { BackendSetup } from './stage.js'

export interface BackendBenchOptions {
  /** Default 20,000. */
  readonly results?: number
  /** Results in one store or load. Default 500. */
  readonly batch?: number
  /** Default 1,000. */
  readonly parts?: number
  /** Results watched one after another for the latency. Default 200. */
  readonly watched?: number
}

/** Rates per second, times in milliseconds. */
export interface BackendRates {
  readonly name: string
  readonly store: number
  readonly load: number
  /** From `store` called on one connection to the sink called on another. */
  readonly watchP50: number
  readonly watchP99: number
  /** All parts of one chord, stored in batches, until the join is answered. */
  readonly chord: number
}

/** Stores, loads, watches and joins; no jest needed. */
export async function benchBackend(
  name: string,
  setup: () => Promise<BackendSetup>,
  options: BackendBenchOptions = {}
): Promise<BackendRates> {
  const { results = 20_000, batch = 500, parts = 1000, watched = 200 } = options
  const { factory, url, teardown } = await setup()
  const [writer, reader] = [await factory.connect(url), await factory.connect(url)]
  try {
    const metas = Array.from({ length: results }, (_, index) => meta(index))
    const storing = await time(() => inBatches(metas, batch, async slice => check(await writer.store(slice))))
    const loading = await time(() => inBatches(metas, batch, slice => reader.load(slice.map(each => each.task_id))))
    const latencies = (await latenciesOf(writer, reader, watched)).toSorted((a, b) => a - b)
    const chord = writer.capabilities.joins ? await time(() => join(writer, { parts, batch })) : Number.NaN
    const [watchP50, watchP99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)]
    return { name, store: rate(results, storing), load: rate(results, loading), watchP50, watchP99, chord }
  } finally {
    await Promise.all([writer.close(), reader.close()])
    await teardown()
  }
}

function meta(result: unknown): ResultMeta {
  return successMeta({ taskId: randomUUID(), now: Date.now(), children: [] }, result)
}

async function latenciesOf(writer: ResultBackend, reader: ResultBackend, count: number): Promise<readonly number[]> {
  const latencies: number[] = []
  for (let index = 0; index < count; index++) {
    const awaited = meta(index)
    let told: () => void = () => undefined
    const heard = new Promise<void>(resolve => {
      told = resolve
    })
    const watch = await reader.watch([awaited.task_id], told)
    const latency = time(() => heard)
    check(await writer.store([awaited]))
    latencies.push(await latency)
    await watch.close()
  }
  return latencies
}

async function join(
  backend: ResultBackend,
  { parts, batch }: { readonly parts: number; readonly batch: number }
): Promise<void> {
  const groupId = randomUUID()
  const body = { task: 'xsum', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }
  await backend.openChord(groupId, parts, body)
  const all = Array.from({ length: parts }, (_, index) => ({ groupId, index, meta: meta(index) }))
  let joins = 0
  await inBatches(all, batch, async slice => {
    const outcomes = await backend.storeParts(slice)
    joins += outcomes.filter(outcome => outcome !== undefined && 'groupId' in outcome).length
  })
  if (joins !== 1) throw new Error(`the chord was joined ${joins} times`)
  await backend.confirmJoins([groupId])
}

async function inBatches<Item>(
  items: readonly Item[],
  size: number,
  work: (slice: readonly Item[]) => Promise<unknown>
): Promise<void> {
  for (let start = 0; start < items.length; start += size) await work(items.slice(start, start + size))
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function rate(count: number, milliseconds: number): number {
  return Math.round((count / milliseconds) * 1000)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function check(outcomes: readonly (Error | undefined)[]): void {
  const error = outcomes.find(outcome => outcome !== undefined)
  if (error !== undefined) throw error
}
