import type { Args, Kwargs, ResultTuple, SignatureOptions } from '@umbel/protocol'
import type { Handle } from './handle.js'
import type { ChordOpening } from './plan.js'

/**
 * One task to be sent, its options in wire spelling: id, group, chord, chain, links; routing is the dispatcher's
 * business. Without `root_id` and `parent_id` it is the dispatcher who knows: the current task, or the task its own root.
 */
export interface TaskSend {
  readonly task: string
  readonly args: Args
  readonly kwargs: Kwargs
  readonly options: SignatureOptions & { readonly task_id: string }
  /** Names this sending: while its message is in the broker, another of the name is not added. */
  readonly sending?: string
  /** It may have been sent before: its message is marked redelivered. */
  readonly repeated?: boolean
}

/** The port through which a canvas is applied: `app` implements it for clients, the worker for follow-ups. */
export interface Dispatcher {
  newId(): string
  /** Where results go that a broker carries (rpc): written into every frozen signature. */
  readonly replyTo?: string | undefined
  /** Does `chord.linkError` reach the header too? Default false. (task_allow_error_cb_on_chord_header) */
  readonly errorCallbacksOnChordHeader?: boolean
  /** One batch, however large the canvas; answers one `Error | undefined` per task. */
  send(batch: readonly TaskSend[]): Promise<readonly (Error | undefined)[]>
  /** Throws where the result store cannot join. */
  openChord(chord: ChordOpening): Promise<void>
  growChord(groupId: string, by: number): Promise<void>
  saveGroup(groupId: string, group: ResultTuple): Promise<void>
  /** The result handle of what was sent: a task's, or a group's where `tuple[1]` is a list. */
  handle(tuple: ResultTuple): Handle<unknown>
  /** Run a task here and now, for `signature.apply()` and eager mode. */
  runLocally?(send: TaskSend): Promise<unknown>
}
