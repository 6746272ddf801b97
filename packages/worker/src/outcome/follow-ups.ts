import { type Dispatcher, type Plan, type TaskSend } from '@umbel/canvas'
import { backoffDelay, type Clock, failpoint, type Logger, sleep, toError, UmbelError } from '@umbel/runtime'

export interface FollowUpsOptions {
  readonly dispatcher: Dispatcher
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
  /** Aborts when the worker gives up what it has not done. */
  readonly gaveUp: AbortSignal
}

/** A task that can never be sent, and why. */
export interface Unsendable {
  readonly send: TaskSend
  readonly error: Error
}

const PAUSE = { initial: 0.1, max: 10 }

/**
 * Sends what follows from tasks: again and again while broker or store stay away, since nobody else would. Each
 * sending has a name, so that what arrived is not there twice; a repeat is marked.
 */
export class FollowUps {
  readonly #options: FollowUpsOptions

  constructor(options: FollowUpsOptions) {
    this.#options = options
  }

  /** Answers what cannot be sent at all. Rejects when the worker gave up. */
  async send(plans: readonly Plan[]): Promise<readonly Unsendable[]> {
    const wanted = plans.filter(plan => plan.sends.length > 0)
    if (wanted.length === 0) return []
    failpoint('mid-publish')
    const refused = await Promise.all(wanted.map(plan => this.#prepare(plan)))
    const sends = wanted.flatMap((plan, index) => (refused[index] === undefined ? plan.sends : []))
    return [...wanted.flatMap((plan, index) => unsendable(plan.sends, refused[index])), ...(await this.#sendAll(sends))]
  }

  /** Opens the chords and saves the groups that the plan's tasks belong to; answers why that cannot be. */
  async #prepare({ chords, groups }: Plan): Promise<Error | undefined> {
    if (chords.length + groups.length === 0) return undefined
    const { dispatcher } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        await Promise.all([
          ...chords.map(chord => dispatcher.openChord(chord)),
          ...groups.map(({ groupId, group }) => dispatcher.saveGroup(groupId, group))
        ])
        return undefined
      } catch (thrown) {
        const error = toError(thrown)
        if (!mayPass(error)) return error
        await this.#pause(attempt, error)
      }
    }
  }

  async #sendAll(sends: readonly TaskSend[]): Promise<readonly Unsendable[]> {
    const never: Unsendable[] = []
    let open = sends.map(send => ({ ...send, sending: send.sending ?? this.#options.dispatcher.newId() }))
    for (let attempt = 0; open.length > 0; attempt++) {
      const current = open
      const errors = await this.#attempt(current)
      never.push(...current.flatMap((send, index) => unsendable([send], errors[index]).filter(isForGood)))
      open = current.filter((_send, index) => mayPass(errors[index])).map(send => ({ ...send, repeated: true }))
      const problem = errors.find(mayPass)
      if (problem !== undefined) await this.#pause(attempt, problem)
    }
    return never
  }

  async #attempt(sends: readonly TaskSend[]): Promise<readonly (Error | undefined)[]> {
    try {
      return await this.#options.dispatcher.send(sends)
    } catch (thrown) {
      const error = toError(thrown)
      return sends.map(() => error)
    }
  }

  async #pause(attempt: number, error: Error): Promise<void> {
    const { logger, clock, random, gaveUp } = this.#options
    logger.error(`what follows from a task could not be sent: ${error.message}; trying again`)
    await sleep(backoffDelay(attempt, { ...PAUSE, random }), { clock, signal: gaveUp })
  }
}

function unsendable(sends: readonly TaskSend[], error: Error | undefined): readonly Unsendable[] {
  return error === undefined ? [] : sends.map(send => ({ send, error }))
}

function isForGood({ error }: Unsendable): boolean {
  return !mayPass(error)
}

function mayPass(error: Error | undefined): error is Error {
  return error instanceof UmbelError && error.recoverable
}
