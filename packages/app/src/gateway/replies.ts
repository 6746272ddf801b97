import type { Dispatch } from './gateway.js'

/** So many tasks whose replies are awaited are known by their ids; beyond, no id counts as a stranger's. */
const MOST = 100_000

/** The client's own queue, where results are replies, and whose replies come to it. (rpc) */
export class Replies {
  readonly queue: string
  readonly #expected = new Set<string>()
  #isOverfull = false

  constructor(queue: string) {
    this.queue = queue
  }

  /** A message that names no queue for its reply gets this one. */
  address(dispatch: Dispatch): Dispatch {
    const { outgoing } = dispatch
    const { message } = outgoing
    if ((message.properties.replyTo ?? '') !== '' && message.properties.replyTo !== this.queue) return dispatch
    this.expect(dispatch.replies ?? [])
    const properties = { ...message.properties, replyTo: this.queue }
    return { ...dispatch, outgoing: { ...outgoing, message: { ...message, properties } } }
  }

  expect(taskIds: readonly string[]): void {
    if (this.#isOverfull) return
    for (const id of taskIds) this.#expected.add(id)
    this.#isOverfull = this.#expected.size > MOST
    if (this.#isOverfull) this.#expected.clear()
  }

  isExpected(taskId: string): boolean {
    return this.#isOverfull || this.#expected.has(taskId)
  }
}
