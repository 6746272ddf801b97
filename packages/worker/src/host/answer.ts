import type { Gateway, MetaRoute } from '@umbel/app/execution'
import {
  decodeJson,
  decodeMeta,
  encodeJson,
  encodeMeta,
  isReady,
  REPLY_TO,
  type ResultMeta,
  type ResultTuple,
  type SignatureData,
  TASK_NAME
} from '@umbel/protocol'
import type { ResultBackend } from '@umbel/backend'
import type { BroadcastRequest } from '@umbel/control'
import type { HostCall } from '@umbel/pool'
import { createDeferred, ServiceStoppedError } from '@umbel/runtime'

interface ErrorText {
  readonly name: string
  readonly message: string
}

/** What executors may ask of the control side: to publish, and to read and write results. Waits end with the signal. */
export async function answerHostCall(
  gateway: Gateway,
  { method, payload }: HostCall,
  signal: AbortSignal
): Promise<unknown> {
  switch (method) {
    case 'publish':
      return (await gateway.publish(payload as Parameters<Gateway['publish']>[0])).map(errorText)
    case 'broadcast':
      return encodeJson(await gateway.broadcast(decodeJson(payload as string) as BroadcastRequest))
    case 'backend':
      return await answerBackend(await gateway.backend(), payload as { verb: string; args: readonly unknown[] })
    case 'backend.wait':
      return await waitForAny(await gateway.backend(), payload as readonly string[], signal)
    default:
      throw new TypeError(`executors may not call '${method}'`)
  }
}

type Answer = (backend: ResultBackend, args: readonly unknown[]) => Promise<unknown>

const ANSWERS: Readonly<Record<string, Answer>> = {
  store: async (backend, [metas, routes]) => {
    const batch = (metas as string[]).map((text, index) => routed(decodeMeta(text), (routes as MetaRoute[])[index]))
    return (await backend.store(batch)).map(errorText)
  },
  load: async (backend, [ids]) =>
    (await backend.load(ids as string[])).map(meta => (meta === undefined ? undefined : encodeMeta(meta))),
  forget: (backend, [ids]) => backend.forget(ids as string[]),
  saveGroup: (backend, [id, group]) => backend.saveGroup(id as string, group as ResultTuple),
  loadGroup: (backend, [id]) => backend.loadGroup(id as string),
  forgetGroup: (backend, [id]) => backend.forgetGroup(id as string),
  openChord: (backend, [id, size, body]) =>
    backend.openChord(id as string, size as number, decodeJson(body as string) as SignatureData),
  growChord: (backend, [id, by]) => backend.growChord(id as string, by as number),
  sweep: backend => backend.sweep(),
  revoke: async (backend, [ids, expires]) => await backend.revocations?.add(ids as string[], expires as number),
  capabilities: async backend => backend.capabilities
}

async function answerBackend(
  backend: ResultBackend,
  { verb, args }: { verb: string; args: readonly unknown[] }
): Promise<unknown> {
  const answer = ANSWERS[verb]
  if (answer === undefined) throw new TypeError(`executors may not call '${verb}' of the result store`)
  return await answer(backend, args)
}

/** Resolves with the metas of the ids that are final, as soon as there is one. */
async function waitForAny(
  backend: ResultBackend,
  ids: readonly string[],
  signal: AbortSignal
): Promise<readonly string[]> {
  const answer = createDeferred<readonly string[]>()
  const giveUp = (): void => answer.reject(new ServiceStoppedError('the worker stopped before a result came'))
  signal.addEventListener('abort', giveUp, { once: true })
  const watch = await backend.watch(ids, batch => {
    const final = batch.filter(meta => isReady(meta.status))
    if (final.length > 0) answer.resolve(final.map(encodeMeta))
  })
  try {
    return await answer.promise
  } finally {
    signal.removeEventListener('abort', giveUp)
    await watch.close()
  }
}

function routed(meta: ResultMeta, { replyTo, task }: MetaRoute = {}): ResultMeta {
  const addressed = replyTo === undefined ? meta : { ...meta, [REPLY_TO]: replyTo }
  return task === undefined ? addressed : { ...addressed, [TASK_NAME]: task }
}

function errorText(error: Error | undefined): ErrorText | undefined {
  return error === undefined ? undefined : { name: error.name, message: error.message }
}
