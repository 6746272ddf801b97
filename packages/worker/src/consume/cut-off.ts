import type { HeldDelivery } from './held.js'
import { settleAll } from './settle.js'
import { WorkerRequest } from './request.js'

/**
 * Requests whose connection ended while they ran. Their messages are handed out again: one that comes back to this very
 * worker is not started a second time, but answered for under its new tag.
 */
export class CutOff {
  #requests = new Map<string, WorkerRequest>()

  add(abandoned: readonly HeldDelivery[]): void {
    const still = [...this.#requests.values()].filter(request => request.unanswered || request.neverBegan)
    const requests = abandoned.filter(held => held instanceof WorkerRequest)
    this.#requests = new Map([...still, ...requests].map(request => [callOf(request), request]))
  }

  /** It comes back marked as started by us, but nobody has begun its body. To be asked before `returned`. */
  neverBegan(held: HeldDelivery): boolean {
    return held instanceof WorkerRequest && this.#requests.get(callOf(held))?.neverBegan === true
  }

  /** The request whose message this is; what the broker has not heard of it, it is told now. */
  returned(held: HeldDelivery): WorkerRequest | undefined {
    if (this.#requests.size === 0 || !(held instanceof WorkerRequest) || !held.delivery.redelivered) return undefined
    const call = callOf(held)
    const request = this.#requests.get(call)
    this.#requests.delete(call)
    if (request === undefined || !request.unanswered) return undefined
    const unheard = request.adopt(held)
    if (unheard !== undefined) void settleAll([{ held: request, how: unheard }])
    return request
  }
}

/** A task and its retry have one id and may be here together. */
function callOf({ id, parsed }: WorkerRequest): string {
  return `${id} ${parsed.headers.retries}`
}
