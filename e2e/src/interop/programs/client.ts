import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { decodeJson, encodeJson, type ResultMeta } from '@umbel/protocol'
import { AsyncResult, GroupResult, type Handle } from 'umbel'
import { createApp } from '../app.js'
import type { Call, PlannedCase, Question, SeenError } from '../call.js'
import { compose } from '../compose.js'

/** `client.js <plan> <outcomes>`: a caller in TypeScript; e2e/python/client.py is its twin. */
const [, , plan = '', outcomes = ''] = process.argv

/** Seconds. */
const PATIENCE = 60
const LONGEST_SILENCE = 10

const app = createApp()
const cases = decodeJson(readFileSync(plan, 'utf8')) as readonly PlannedCase[]
const seen = await Promise.all(cases.map(run))
writeFileSync(outcomes, encodeJson(seen))
await app.close()

async function run(planned: PlannedCase): Promise<object> {
  const outcome = { name: planned.name, sent: Date.now() / 1000 }
  try {
    const result = (await known(planned.call)) ?? (await compose(app, planned.call).applyAsync())
    if (planned.save === true) await (result as GroupResult).save()
    if (planned.revoke === 'sent') await (result as AsyncResult | GroupResult).revoke()
    const sent = { ...outcome, id: result.id, ...(planned.watch === undefined ? {} : await watch(result, planned)) }
    return planned.unheard === true ? sent : { ...sent, ...(await gather(result)) }
  } catch (error) {
    return { ...outcome, trouble: String(error) }
  }
}

/** What came of a call that somebody else made. */
async function known(call: Call): Promise<Handle<unknown> | undefined> {
  if ('result' in call) return app.asyncResult(call.result)
  if (!('savedGroup' in call)) return undefined
  const group = await app.restoreGroup(call.savedGroup)
  if (group === undefined) throw new Error(`no group ${call.savedGroup} was saved`)
  return group
}

/** Waits for the state to be seen, then opens the gate. */
async function watch(result: Handle<unknown>, planned: PlannedCase): Promise<object> {
  const { watch: wanted, gate = '', ask = [], revoke } = planned
  const end = Date.now() + PATIENCE * 1000
  for (;;) {
    const meta = await metaOf(result)
    if (meta !== undefined && meta.status === wanted) {
      const watched = { state: meta.status, ...described(await (result as AsyncResult).result()) }
      const replies = await Promise.all(ask.map(question => asked(question, result.id)))
      if (revoke === 'running') await app.control.revoke(result.id, { terminate: true })
      else writeFileSync(gate, '')
      return { watched, asked: Object.fromEntries(replies) }
    }
    if (Date.now() > end) throw new Error(`never ${wanted}, but ${meta?.status ?? 'PENDING'}`)
    await pause(20)
  }
}

/** The replies to a command, node by node. */
async function asked({ command, destination, ...question }: Question, id: string): Promise<[string, object]> {
  const args = JSON.parse(JSON.stringify(question.arguments ?? {}).replaceAll('$id', id)) as object
  const options = { destination, timeout: LONGEST_SILENCE, limit: destination.length, reply: true }
  const replies = await app.control.broadcast(command, { ...options, arguments: { ...args } })
  return [command, Object.assign({}, ...replies) as object]
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
