import { type CompletedJoin, joinProgress, orderParts } from '@umbel/backend'
import { decodeJson, decodeMeta, type SignatureData } from '@umbel/protocol'

interface Part {
  readonly index: number | null
  /** The encoded meta. */
  readonly text: string
}

/** One join and its parts; what happens in one call is one atomic step. */
export class Join {
  readonly #parts = new Map<string, Part>()
  #size: number | undefined
  /** The encoded signature. */
  #body = ''
  #grown = 0
  #completedAt: number | undefined
  /** Kept after that, so that a late part or a second opening does not begin it anew. */
  #confirmed = false

  has(taskId: string): boolean {
    return this.#parts.has(taskId)
  }

  open(size: number, body: string, now: number): void {
    if (this.#size !== undefined) return
    this.#size = size
    this.#body = body
    this.#step(now)
  }

  grow(by: number): void {
    this.#grown += by
  }

  /** Adds a part that is not there yet; true when it completes the join. */
  add(taskId: string, part: Part, now: number): boolean {
    if (this.#completedAt !== undefined) return false
    this.#parts.set(taskId, part)
    return this.#step(now)
  }

  confirm(): void {
    this.#confirmed = true
    this.#parts.clear()
    this.#body = ''
  }

  /** Complete since then or before, and not confirmed. */
  isPending(since: number): boolean {
    return this.#completedAt !== undefined && this.#completedAt <= since && !this.#confirmed
  }

  /** As if it had completed now: nobody else finds it for a while. */
  claim(now: number): void {
    this.#completedAt = now
  }

  read(groupId: string): CompletedJoin {
    const parts = orderParts([...this.#parts.values()]).map(part => decodeMeta(part.text))
    return { groupId, body: decodeJson(this.#body) as SignatureData, parts }
  }

  #step(now: number): boolean {
    const counts = { size: this.#size, grown: this.#grown, arrived: this.#parts.size }
    const { phase } = joinProgress({ ...counts, completed: this.#completedAt !== undefined })
    if (phase !== 'completing') return false
    this.#completedAt = now
    return true
  }
}
