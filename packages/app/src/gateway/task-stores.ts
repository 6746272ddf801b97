import {
  type BackendCapabilities,
  type ChordPart,
  type CompletedJoin,
  mayReplace,
  type ResultBackend,
  type RevocationStore,
  type Watch
} from '@umbel/backend'
import { type ResultMeta, type ResultTuple, type SignatureData, TASK_NAME } from '@umbel/protocol'
import { toError } from '@umbel/runtime'

export interface OwnStores {
  /** URL of a task's own store; undefined: the application's. */
  urlOf(task: string): string | undefined
  /** All of them. */
  urls(): readonly string[]
}

export interface TaskStoresParts {
  /** The application's own store. */
  readonly main: ResultBackend
  /** Opens a store that a task names. */
  readonly open: (url: string) => Promise<ResultBackend>
  readonly ownStores: OwnStores
}

/** Store by URL; undefined is the application's own. */
type Url = string | undefined

/**
 * The application's result store, and those that tasks have of their own: what is written goes to the store of its
 * task, what is asked for by id is looked for in all of them. Groups, chords and revocations are the application's
 * alone; the result of a chord's part is in both stores, as the join reads it from the application's. (Task.backend)
 */
export class TaskStores implements ResultBackend {
  readonly capabilities: BackendCapabilities
  readonly replyTo?: string
  readonly revocations: RevocationStore | undefined
  readonly closed: Promise<Error | undefined>
  readonly #parts: TaskStoresParts
  readonly #opened = new Map<string, Promise<ResultBackend>>()

  constructor(parts: TaskStoresParts) {
    const { capabilities, replyTo, revocations, closed } = parts.main
    this.#parts = parts
    this.capabilities = capabilities
    if (replyTo !== undefined) this.replyTo = replyTo
    this.revocations = revocations
    this.closed = closed
  }

  get url(): string {
    return this.#parts.main.url
  }

  async store(batch: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    const urls = new Set(batch.map(meta => this.#urlOf(meta)))
    if (urls.size === 1 && urls.has(undefined)) return await this.#parts.main.store(batch)
    const outcomes = new Map<ResultMeta, Error | undefined>()
    const storing = [...urls].map(async url => {
      const metas = batch.filter(meta => this.#urlOf(meta) === url)
      const errors = await this.#storeIn(url, metas)
      metas.forEach((meta, index) => outcomes.set(meta, errors[index]))
    })
    await Promise.all(storing)
    return batch.map(meta => outcomes.get(meta))
  }

  async load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    const found = await Promise.all((await this.#readers()).map(store => store.load(ids)))
    return ids.map((_id, index) => found.map(metas => metas[index]).reduce(later))
  }

  async watch(ids: readonly string[], sink: (batch: readonly ResultMeta[]) => void): Promise<Watch> {
    const readers = await this.#readers()
    return together(await Promise.all(readers.map(store => store.watch(ids, sink))))
  }

  async forget(ids: readonly string[]): Promise<void> {
    await Promise.all((await this.#all()).map(store => store.forget(ids)))
  }

  saveGroup(groupId: string, group: ResultTuple): Promise<void> {
    return this.#parts.main.saveGroup(groupId, group)
  }

  loadGroup(groupId: string): Promise<ResultTuple | undefined> {
    return this.#parts.main.loadGroup(groupId)
  }

  forgetGroup(groupId: string): Promise<void> {
    return this.#parts.main.forgetGroup(groupId)
  }

  openChord(groupId: string, size: number, body: SignatureData): Promise<void> {
    return this.#parts.main.openChord(groupId, size, body)
  }

  growChord(groupId: string, by: number): Promise<void> {
    return this.#parts.main.growChord(groupId, by)
  }

  /** Into the tasks' own stores first: what is counted is not counted again. */
  async storeParts(parts: readonly ChordPart[]): Promise<readonly (CompletedJoin | Error | undefined)[]> {
    const own = parts.filter(({ meta, store }) => store !== false && this.#urlOf(meta) !== undefined)
    const errors = own.length === 0 ? [] : await this.store(own.map(({ meta }) => meta))
    const refused = new Map(own.map((part, index) => [part, errors[index]]))
    const countable = parts.filter(part => refused.get(part) === undefined)
    const answers = await this.#parts.main.storeParts(countable)
    const counted = new Map(countable.map((part, index) => [part, answers[index]]))
    return parts.map(part => refused.get(part) ?? counted.get(part))
  }

  pendingJoins(olderThan: number): Promise<readonly CompletedJoin[]> {
    return this.#parts.main.pendingJoins(olderThan)
  }

  confirmJoins(groupIds: readonly string[]): Promise<void> {
    return this.#parts.main.confirmJoins(groupIds)
  }

  async sweep(): Promise<number> {
    const swept = await Promise.all((await this.#all()).map(store => store.sweep()))
    return swept.reduce((sum, dropped) => sum + dropped, 0)
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values())
    const own = opened.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    await Promise.all([this.#parts.main, ...own].map(store => store.close()))
  }

  #urlOf({ [TASK_NAME]: task }: ResultMeta): Url {
    return task === undefined ? undefined : this.#parts.ownStores.urlOf(task)
  }

  /** A store that is away fails its own tasks alone. */
  async #storeIn(url: Url, metas: readonly ResultMeta[]): Promise<readonly (Error | undefined)[]> {
    try {
      return await (await this.#storeAt(url)).store(metas)
    } catch (thrown) {
      const error = toError(thrown)
      return metas.map(() => error)
    }
  }

  async #storeAt(url: Url): Promise<ResultBackend> {
    if (url === undefined) return this.#parts.main
    const opening = this.#opened.get(url) ?? this.#parts.open(url)
    this.#opened.set(url, opening)
    try {
      return await opening
    } catch (error) {
      this.#opened.delete(url)
      throw error
    }
  }

  async #all(): Promise<readonly ResultBackend[]> {
    const own = await Promise.all(this.#parts.ownStores.urls().map(url => this.#storeAt(url)))
    return [this.#parts.main, ...own]
  }

  /** An application without results has tasks with results all the same. */
  async #readers(): Promise<readonly ResultBackend[]> {
    const [main, ...own] = (await this.#all()) as readonly [ResultBackend, ...ResultBackend[]]
    return own.length > 0 && isDisabled(main) ? own : [main, ...own]
  }
}

function isDisabled({ url }: ResultBackend): boolean {
  return url.startsWith('disabled:')
}

/** A task may have left records in two stores: somebody who knew its id alone revoked it, say. */
function later(one: ResultMeta | undefined, other: ResultMeta | undefined): ResultMeta | undefined {
  return other !== undefined && mayReplace(one?.status, other.status) ? other : one
}

function together(watches: readonly Watch[]): Watch {
  return {
    add: async ids => void (await Promise.all(watches.map(watch => watch.add(ids)))),
    remove: ids => {
      for (const watch of watches) watch.remove(ids)
    },
    close: async () => void (await Promise.all(watches.map(watch => watch.close())))
  }
}
