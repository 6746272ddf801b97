import type { ResultCodec, ResultMeta, ResultTuple, SignatureData } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type {
  BackendCapabilities,
  ChordPart,
  CompletedJoin,
  ResultBackend,
  RevocationStore,
  Watch
} from './contract.js'
import { unreadableMeta } from './metas.js'

/** In front of a store that keeps JSON: what tasks return is kept in it as the codec says, as text that tells its form. */
export class PackedBackend implements ResultBackend {
  readonly capabilities: BackendCapabilities
  readonly url: string
  readonly replyTo?: string
  readonly closed: Promise<Error | undefined>
  readonly revocations: RevocationStore | undefined
  readonly #inner: ResultBackend
  readonly #codec: ResultCodec

  constructor(inner: ResultBackend, codec: ResultCodec) {
    this.#inner = inner
    this.#codec = codec
    this.capabilities = inner.capabilities
    this.url = inner.url
    if (inner.replyTo !== undefined) this.replyTo = inner.replyTo
    this.closed = inner.closed
    this.revocations = inner.revocations
  }

  store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    return eachWritten(batch.map(this.#pack), packed => this.#inner.store(packed))
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    return (await this.#inner.load(ids)).map(meta => meta && this.#unpack(meta))
  }

  watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    return this.#inner.watch(ids, batch => sink(batch.map(this.#unpack)))
  }

  forget(ids: readonly string[]): Promise<void> {
    return this.#inner.forget(ids)
  }

  saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    return this.#inner.saveGroup(groupId, group)
  }

  loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    return this.#inner.loadGroup(groupId)
  }

  forgetGroup(groupId: string): Promise<void> {
    return this.#inner.forgetGroup(groupId)
  }

  openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    return this.#inner.openChord(groupId, size, body)
  }

  growChord(groupId: string, by: number): Promise<void> {
    return this.#inner.growChord(groupId, by)
  }

  async storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]> {
    const packed = parts.map(part => {
      const meta = this.#pack(part.meta)
      return meta instanceof Error ? meta : { ...part, meta }
    })
    const answers = await eachWritten(packed, some => this.#inner.storeParts(some))
    return answers.map(answer => (answer === undefined || answer instanceof Error ? answer : this.#unpackJoin(answer)))
  }

  async pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]> {
    return (await this.#inner.pendingJoins(olderThan)).map(join => this.#unpackJoin(join))
  }

  confirmJoins(groupIds: readonly string[]): Promise<void> {
    return this.#inner.confirmJoins(groupIds)
  }

  sweep(): Promise<number> {
    return this.#inner.sweep()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  readonly #pack = (meta: ResultMeta): ResultMeta | Error => {
    try {
      return { ...meta, result: this.#codec.pack(meta.result ?? null) }
    } catch (thrown) {
      return toError(thrown)
    }
  }

  readonly #unpack = (meta: ResultMeta): ResultMeta => {
    try {
      return { ...meta, result: this.#codec.unpack(meta.result) }
    } catch (thrown) {
      return unreadableMeta(meta.task_id, thrown)
    }
  }

  #unpackJoin(join: CompletedJoin): CompletedJoin {
    return { ...join, parts: join.parts.map(this.#unpack) }
  }
}

/** Writes what can be written; an error keeps its place among the answers. */
async function eachWritten<Item extends object, Answer>(
  items: readonly (Item | Error)[],
  write: (items: readonly Item[]) => Promise<readonly Answer[]>
): Promise<readonly (Answer | Error)[]> {
  const written = items.filter((item): item is Item => !(item instanceof Error))
  const answers = [...(await write(written))]
  return items.map(item => (item instanceof Error ? item : (answers.shift() as Answer)))
}
