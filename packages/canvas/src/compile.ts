import type { Args, Kwargs, ResultTuple, SignatureData, SignatureOptions } from '@umbel/protocol'
import { bodyOf, kindOf, membersOf, withOptions } from './data.js'
import type { TaskSend } from './dispatcher.js'
import { refuseDoubledIds } from './distinct.js'
import { freeze } from './freeze.js'
import { override, prepend } from './merge.js'
import { isOpenChunks } from './normalize.js'
import { followedBy, type Place, place } from './place.js'
import { type ChordOpening, EMPTY_PLAN, type GroupRecord, type Plan } from './plan.js'
import { resultOf } from './results.js'
import { groupOfChunks } from './spread.js'

/** Ids for what has none. A Dispatcher is one. */
export interface IdSource {
  newId(): string
  readonly replyTo?: string | undefined
}

/** How a signature is applied: arguments in front of its own, options over its own, and its place in the world. */
export interface ApplyOptions extends Place {
  readonly args?: Args | undefined
  readonly kwargs?: Kwargs | undefined
  /** In wire spelling. */
  readonly options?: SignatureOptions | undefined
  /** Id of what ends it: a task, the last step of a chain, a chord's body; a group's own id. */
  readonly taskId?: string | undefined
  readonly rootId?: string | undefined
  readonly parentId?: string | undefined
  /** What is to follow it, frozen and reversed. */
  readonly chain?: readonly SignatureData[] | undefined
  readonly replyTo?: string | undefined
}

/**
 * Turns a signature into everything that must be sent and opened for it. Pure, but for the ids.
 * @throws InvalidSignatureError where two of its tasks have one id
 */
export function compile(signature: SignatureData, ids: IdSource, apply: ApplyOptions = {}): Plan {
  const { task_id: optionId, ...options } = apply.options ?? {}
  const taskId = apply.taskId ?? optionId
  const open = isOpenChunks(signature) ? groupOfChunks(signature) : signature
  const given = prepend(override(open, options), apply.args ?? [], apply.kwargs)
  const context = { newId: () => ids.newId(), replyTo: apply.replyTo ?? ids.replyTo, rootId: apply.rootId }
  const frozen = freeze(named(given, taskId), context, taskId)
  if (frozen === undefined) return EMPTY_PLAN
  refuseDoubledIds(frozen)
  const collector = new Collector(apply.parentId)
  collector.collect(followedBy(place(frozen, apply), apply.chain ?? []))
  const { chords, groups, sends } = collector
  return { chords, groups, sends, results: [resultOf(frozen)] }
}

/** How many completions a chord waits for: a chain counts with its last step, a chord with its body. */
export function completions(data: SignatureData): number {
  switch (kindOf(data)) {
    case 'group':
      return membersOf(data).reduce((sum, member) => sum + completions(member), 0)
    case 'chain': {
      const counts = membersOf(data).map(completions)
      return counts.findLast(count => count > 0) ?? 0
    }
    case 'chord':
      return completions(bodyOf(data))
    default:
      return 1
  }
}

/** An id given at the call is the task's or group's own, even over a stored one; chains and chords give it on. */
function named(data: SignatureData, taskId: string | undefined): SignatureData {
  const kind = kindOf(data)
  if (taskId === undefined || kind === 'chord') return data
  return withOptions(data, { task_id: taskId })
}

/** Walks a frozen signature and gathers what starts now. */
class Collector {
  readonly sends: TaskSend[] = []
  readonly chords: ChordOpening[] = []
  readonly groups: GroupRecord[] = []
  readonly #parentId: string | undefined

  constructor(parentId: string | undefined) {
    this.#parentId = parentId
  }

  collect(data: SignatureData): void {
    switch (kindOf(data)) {
      case 'chain':
        return this.#chain(data)
      case 'group':
        return this.#group(data)
      case 'chord':
        return this.#chord(data)
      default:
        return this.#task(data)
    }
  }

  #task({ task, args, kwargs, options }: SignatureData): void {
    const parent = this.#parentId === undefined ? {} : { parent_id: this.#parentId }
    this.sends.push({ task, args, kwargs, options: { ...options, ...parent } as TaskSend['options'] })
  }

  /** Only the first step is sent; it carries the others. */
  #chain(data: SignatureData): void {
    const [first, ...rest] = membersOf(data)
    if (first !== undefined) this.collect(followedBy(first, rest.toReversed()))
  }

  #group(data: SignatureData): void {
    const { task_id: groupId } = data.options
    for (const member of membersOf(data)) this.collect(place(member, { groupId }))
  }

  /** Header tasks carry the body. An empty header starts it at once. */
  #chord(data: SignatureData): void {
    const { task_id: groupId = '' } = data.options
    const body = place(bodyOf(data), { groupId })
    const header = membersOf(data)
    if (header.length === 0) return this.collect(prepend(body, [[]]))
    const size = header.reduce((sum, member) => sum + completions(member), 0)
    const results = header.map(member => resultOf(member))
    this.chords.push({ groupId, size, body, header: results, ...unlockOf(data) })
    this.#saveIfNested(groupId, results)
    for (const member of header) this.collect(place(member, { groupId, chord: body }))
  }

  /** Celery joins a header with groups in it from the saved group. (celery.backends.redis.apply_chord) */
  #saveIfNested(groupId: string, children: readonly ResultTuple[]): void {
    if (children.some(([, members]) => members !== null))
      this.groups.push({ groupId, group: [[groupId, null], children] })
  }
}

function unlockOf({ options }: SignatureData): Pick<ChordOpening, 'interval' | 'maxRetries'> {
  const { interval, max_retries: maxRetries } = options
  return {
    ...(typeof interval === 'number' ? { interval } : {}),
    ...(typeof maxRetries === 'number' ? { maxRetries } : {})
  }
}
