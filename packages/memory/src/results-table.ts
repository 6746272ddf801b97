import { mayReplace } from '@umbel/backend'
import { isReady, type TaskState } from '@umbel/protocol'
import { ExpiringMap } from './results-expiring.js'
import { Join } from './results-join.js'
import { RevokedTable } from './results-revocations.js'

export interface StoredMeta {
  readonly taskId: string
  readonly status: TaskState
  /** The encoded meta: no reader shares an object with a writer. */
  readonly text: string
}

/** When a write happens and when it ends, milliseconds since the epoch. */
export interface Lifetime {
  readonly now: number
  readonly expires: number
}

/** Told of final results; the owner of ids that `ResultTable.listen` was given. */
export interface Listener {
  hear(batch: readonly StoredMeta[]): void
}

/** What all connections to one store share. */
export class ResultTable {
  readonly metas = new ExpiringMap<StoredMeta>()
  /** Encoded result tuples by group id. */
  readonly groups = new ExpiringMap<string>()
  readonly joins = new ExpiringMap<Join>()
  readonly revoked = new RevokedTable()
  readonly #listeners = new Map<string, Set<Listener>>()

  /** Stores what precedence allows, then tells who listens. */
  store(batch: readonly StoredMeta[], life: Lifetime): void {
    const final: StoredMeta[] = []
    for (const meta of batch) {
      if (!mayReplace(this.metas.get(meta.taskId, life.now)?.status, meta.status)) continue
      this.metas.set(meta.taskId, meta, life)
      if (isReady(meta.status)) final.push(meta)
    }
    this.#tell(final)
  }

  /** The join of a group, made if there is none; every touch prolongs it. */
  join(groupId: string, life: Lifetime): Join {
    const join = this.joins.get(groupId, life.now) ?? new Join()
    this.joins.set(groupId, join, life)
    return join
  }

  /** Listeners are told once: a final result ends the listening. */
  listen(id: string, listener: Listener): void {
    const listeners = this.#listeners.get(id)
    if (listeners === undefined) this.#listeners.set(id, new Set([listener]))
    else listeners.add(listener)
  }

  unlisten(id: string, listener: Listener): void {
    const listeners = this.#listeners.get(id)
    listeners?.delete(listener)
    if (listeners?.size === 0) this.#listeners.delete(id)
  }

  #tell(final: readonly StoredMeta[]): void {
    const heard = new Map<Listener, StoredMeta[]>()
    for (const meta of final) {
      for (const listener of this.#listeners.get(meta.taskId) ?? []) {
        const batch = heard.get(listener)
        if (batch === undefined) heard.set(listener, [meta])
        else batch.push(meta)
      }
      this.#listeners.delete(meta.taskId)
    }
    for (const [listener, batch] of heard) listener.hear(batch)
  }
}
