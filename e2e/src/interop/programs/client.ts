import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { decodeJson, encodeJson, type ResultMeta } from '@umbel/protocol'
import { AsyncResult, GroupResult, type Handle } from 'umbel'
import { createApp } from '../app.js'
import type { PlannedCase, SeenError } from '../call.js'
import { compose } from '../compose.js'

/** `client.js <plan> <outcomes>`: a caller in TypeScript; e2e/python/client.py is its twin. */
const [, , plan = '', outcomes = ''] = process.argv

/** Seconds. */
const PATIENCE = 60

const app = createApp()
const cases = decodeJson(readFileSync(plan, 'utf8')) as readonly PlannedCase[]
const seen = await Promise.all(cases.map(run))
writeFileSync(outcomes, encodeJson(seen))
await app.close()

async function run(planned: PlannedCase): Promise<object> {
  const outcome = { name: planned.name, sent: Date.now() / 1000 }
  try {
    const result = await compose(app, planned.call).applyAsync()
    const watched = planned.watch === undefined ? {} : { watched: await watch(result, planned) }
    const sent = { ...outcome, id: result.id, ...watched }
    return planned.unheard === true ? sent : { ...sent, ...(await gather(result)) }
  } catch (error) {
    return { ...outcome, trouble: String(error) }
  }
}

/** Waits for the state to be seen, then opens the gate. */
async function watch(result: Handle<unknown>, { watch: wanted, gate = '' }: PlannedCase): Promise<object> {
  const end = Date.now() + PATIENCE * 1000
  for (;;) {
    const meta = await metaOf(result)
    if (meta !== undefined && meta.status === wanted) {
      writeFileSync(gate, '')
      return { state: meta.status, ...described(await (result as AsyncResult).result()) }
    }
    if (Date.now() > end) throw new Error(`never ${wanted}, but ${meta?.status ?? 'PENDING'}`)
    await pause(20)
  }
}

async function gather(result: Handle<unknown>): Promise<object> {
  const value = await result.get({ timeout: PATIENCE, propagate: false })
  if (result instanceof GroupResult) {
    const metas = await Promise.all(result.results.map(metaOf))
    const states = metas.map(each => each?.status ?? 'PENDING')
    return { values: (value as unknown[]).map(described), states, workers: metas.map(each => each?.worker) }
  }
  const meta = await finalMeta(result)
  return {
    ...described(value),
    state: meta?.status,
    traceback: meta?.traceback,
    workers: [meta?.worker],
    children: (await (result as AsyncResult).children()).map(({ id }) => id)
  }
}

/** Of a chain whose step failed, the last one's: it is written after that of the step which ended the waiting. */
async function finalMeta(result: Handle<unknown>): Promise<ResultMeta | undefined> {
  const end = Date.now() + 5000
  for (;;) {
    const meta = await metaOf(result)
    if (meta !== undefined || Date.now() > end) return meta
    await pause(20)
  }
}

async function metaOf(result: Handle<unknown>): Promise<ResultMeta | undefined> {
  return result instanceof AsyncResult ? await result.meta() : undefined
}

function described(value: unknown): { readonly value?: unknown; readonly error?: SeenError } {
  if (!(value instanceof Error)) return { value }
  const { excType = value.name, excMessage, args = [] } = value as Seen
  return { error: { type: excType, text: value.message, args: (excMessage ?? args).map(String) } }
}

/** What our errors bear of Python's. */
interface Seen {
  readonly excType?: string
  readonly excMessage?: readonly unknown[]
  readonly args?: readonly unknown[]
}
