import { randomUUID } from 'node:crypto'
import { createResultMeta } from '@umbel/backend'
import { chordBody, endsInLine, type Plan } from '@umbel/canvas'
import {
  ChordError,
  errorRepr,
  errorToData,
  type ResultMeta,
  type SignatureData,
  type TaskState
} from '@umbel/protocol'
import { toError } from '@umbel/runtime'

/** A member of a chord's header. */
export interface Member {
  readonly id: string
  readonly group: string | null
  readonly groupIndex: number | null
  readonly rootId: string
}

interface Part {
  readonly member: Member
  readonly state: TaskState
  readonly value: unknown
}

interface Chord {
  readonly size: number
  readonly body: SignatureData
  readonly parts: Part[]
}

export interface EagerChordsParts {
  readonly run: (plan: Plan) => Promise<void>
  readonly keep: (meta: ResultMeta) => void
  readonly now: () => number
}

/** Joins of eager mode: the header's tasks run one after the other, the last one runs the body. */
export class EagerChords {
  readonly #parts: EagerChordsParts
  readonly #open = new Map<string, Chord>()

  constructor(parts: EagerChordsParts) {
    this.#parts = parts
  }

  open(groupId: string, size: number, body: SignatureData): void {
    this.#open.set(groupId, { size, body, parts: [] })
  }

  async part(member: Member, { state, value }: Omit<Part, 'member'>): Promise<void> {
    const chord = member.group === null ? undefined : this.#open.get(member.group)
    if (chord === undefined || member.group === null) return
    chord.parts.push({ member, state, value })
    if (chord.parts.length < chord.size) return
    this.#open.delete(member.group)
    await this.#complete(chord, member)
  }

  /** Steps that will not run: whoever waits for their ends is told, and so are chords whose parts those are. */
  async neverRan(steps: readonly SignatureData[], error: Error, rootId: string): Promise<void> {
    const { now, keep } = this.#parts
    for (const { options } of steps.flatMap(endsInLine)) {
      const { task_id: id = '', chord, group_id: group = null, group_index: groupIndex = null } = options
      keep(createResultMeta('FAILURE', { result: errorToData(error) }, { taskId: id, now: now() }))
      if (chord !== undefined) await this.part({ id, group, groupIndex, rootId }, { state: 'FAILURE', value: error })
    }
  }

  async #complete({ body, parts }: Chord, last: Member): Promise<void> {
    const failed = parts.find(({ state }) => state !== 'SUCCESS')
    if (failed !== undefined) return await this.neverRan([body], chordError(failed), last.rootId)
    const values = parts.toSorted((a, b) => (a.member.groupIndex ?? 0) - (b.member.groupIndex ?? 0))
    const context = { rootId: last.rootId, parentId: last.id, newId: () => randomUUID() }
    await this.#parts.run(
      chordBody(
        body,
        values.map(({ value }) => value),
        context
      )
    )
  }
}

function chordError({ member, value }: Part): ChordError {
  return new ChordError(`Dependency ${member.id} raised ${errorRepr(toError(value))}`)
}
