import type { BackendCapabilities, ResultBackend, RevocationStore, Watch } from '@umbel/backend'
import { broadcast, type BroadcastRequest, Mailbox, type NodeReply } from '@umbel/control'
import {
  decodeJson,
  decodeMeta,
  encodeJson,
  encodeMeta,
  isReady,
  OperationalError,
  REPLY_TO,
  type ResultMeta,
  type ResultTuple,
  type SignatureData,
  TASK_NAME
} from '@umbel/protocol'
import type { Dispatch, Gateway } from './gateway.js'
import type { BackendVerb, ErrorText, HostPort, MetaRoute } from './host-port.js'
import { withoutTransactions } from './without-transactions.js'

export interface HostGatewayOptions {
  /** What to name in errors: where messages and results live. */
  readonly where: string
  /** Queue of replies, where results are replies. */
  readonly replyTo?: string | undefined
}

/** The gateway inside an executor: every call travels to the control side, batched per turn. */
export class HostGateway implements Gateway {
  /** The control side's: there replies to what tasks send are waited for. */
  readonly replyTo: string | undefined
  readonly #host: HostPort
  readonly #where: string
  #capabilities: BackendCapabilities | undefined

  constructor(host: HostPort, { where, replyTo }: HostGatewayOptions) {
    this.#host = host
    this.#where = where
    this.replyTo = replyTo
  }

  describe(): string {
    return this.#where
  }

  async publish(batch: readonly Dispatch[]): Promise<readonly (Error | undefined)[]> {
    if (batch.some(({ within }) => within !== undefined))
      return await withoutTransactions(batch, 'the control side of the worker', rest => this.publish(rest))
    const errors = (await this.#host.call('publish', batch)) as readonly (ErrorText | undefined)[]
    return errors.map(error => (error === undefined ? undefined : new OperationalError(error.message)))
  }

  /** Over a connection of the caller's own it goes from here; else from the control side. */
  async broadcast({ connection, callback, ...request }: BroadcastRequest): Promise<readonly NodeReply[]> {
    if (connection !== undefined) return await broadcast(connection, new Mailbox(), { ...request, callback })
    const text = await this.#host.call('broadcast', encodeJson(withoutUndefined(request)))
    const replies = decodeJson(text as string) as readonly NodeReply[]
    for (const reply of replies) callback?.(reply)
    return replies
  }

  /** What the store can do is asked once: it does not change while the worker lives. */
  async backend(): Promise<ResultBackend> {
    this.#capabilities ??= await askCapabilities(this.#host)
    return new HostBackend(this.#host, { url: this.#where, capabilities: this.#capabilities })
  }

  async close(): Promise<void> {
    // The connections are the control side's.
  }
}

function withoutUndefined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}

async function askCapabilities(host: HostPort): Promise<BackendCapabilities> {
  const capabilities = await host.call('backend', { verb: 'capabilities' satisfies BackendVerb, args: [] })
  return { ...(capabilities as BackendCapabilities), push: true }
}

/** Metas cross as JSON text: tagged values would not survive structured cloning. */
class HostBackend implements ResultBackend {
  readonly capabilities: BackendCapabilities
  readonly url: string
  /** Never: the connection is the control side's, which replaces it. */
  readonly closed = new Promise<undefined>(() => undefined)
  readonly #host: HostPort

  /** Of these a task may only add. */
  readonly revocations: RevocationStore = {
    add: async (ids, expires) => void (await this.#verb('revoke', [ids, expires])),
    load: () => refuse('revocations.load'),
    watch: () => refuse('revocations.watch')
  }

  constructor(host: HostPort, { url, capabilities }: { url: string; capabilities: BackendCapabilities }) {
    this.#host = host
    this.url = url
    this.capabilities = capabilities
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    const texts = batch.map(encodeMeta)
    const errors = (await this.#verb('store', [texts, batch.map(routeOf)])) as readonly (ErrorText | undefined)[]
    return errors.map(error => (error === undefined ? undefined : new OperationalError(error.message)))
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    const texts = (await this.#verb('load', [ids])) as readonly (string | undefined)[]
    return texts.map(text => (text === undefined ? undefined : decodeMeta(text)))
  }

  async watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    const watch = new HostWatch(this.#host, sink)
    await watch.add(ids)
    return watch
  }

  async forget(ids: readonly string[]): Promise<void> {
    await this.#verb('forget', [ids])
  }

  async saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    await this.#verb('saveGroup', [groupId, group])
  }

  async loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    return (await this.#verb('loadGroup', [groupId])) as ResultTuple | undefined
  }

  async forgetGroup(groupId: string): Promise<void> {
    await this.#verb('forgetGroup', [groupId])
  }

  async openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    await this.#verb('openChord', [groupId, size, encodeJson(body)])
  }

  async growChord(groupId: string, by: number): Promise<void> {
    await this.#verb('growChord', [groupId, by])
  }

  storeParts(): Promise<never> {
    return refuse('storeParts')
  }

  pendingJoins(): Promise<never> {
    return refuse('pendingJoins')
  }

  confirmJoins(): Promise<never> {
    return refuse('confirmJoins')
  }

  async sweep(): Promise<number> {
    return (await this.#verb('sweep', [])) as number
  }

  async close(): Promise<void> {
    // The connection is the control side's.
  }

  #verb(verb: BackendVerb, args: readonly unknown[]): Promise<unknown> {
    return this.#host.call('backend', { verb, args })
  }
}

/** What the text of a record does not show. */
function routeOf(meta: ResultMeta): MetaRoute {
  return { replyTo: meta[REPLY_TO], task: meta[TASK_NAME] }
}

function refuse(verb: string): Promise<never> {
  return Promise.reject(new OperationalError(`${verb} belongs to the control side of the worker, not to a task`))
}

class HostWatch implements Watch {
  readonly #host: HostPort
  readonly #sink: (batch: readonly ResultMeta[]) => void
  readonly #waiting = new Set<string>()
  #closed = false

  constructor(host: HostPort, sink: (batch: readonly ResultMeta[]) => void) {
    this.#host = host
    this.#sink = sink
  }

  async add(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#waiting.add(id)
    if (ids.length > 0) void this.#wait(ids)
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#waiting.delete(id)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
  }

  /** Asks again for what is not final yet: each answer brings at least one result. */
  async #wait(ids: readonly string[]): Promise<void> {
    let open = ids
    while (!this.#closed && open.length > 0) {
      const metas = ((await this.#host.call('backend.wait', open)) as readonly string[]).map(decodeMeta)
      if (this.#closed) return
      const wanted = metas.filter(meta => this.#waiting.has(meta.task_id) && isReady(meta.status))
      if (wanted.length > 0) this.#sink(wanted)
      const told = new Set(metas.map(meta => meta.task_id))
      open = open.filter(id => this.#waiting.has(id) && !told.has(id))
    }
  }
}
