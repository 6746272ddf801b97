import { randomUUID } from 'node:crypto'
import { createResultMeta } from '@umbel/backend'
import { chordBody, type Plan } from '@umbel/canvas'
import {
  ChordError,
  errorRepr,
  errorToData,
  type ResultMeta,
  type SignatureData,
  type TaskState
} from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { TaskRequest } from '../task/bound.js'

interface Part {
  readonly request: TaskRequest
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

  async part(request: TaskRequest, { state, value }: Omit<Part, 'request'>): Promise<void> {
    const chord = request.group === null || request.chord === null ? undefined : this.#open.get(request.group)
    if (chord === undefined || request.group === null) return
    chord.parts.push({ request, state, value })
    if (chord.parts.length < chord.size) return
    this.#open.delete(request.group)
    await this.#complete(chord, request)
  }

  async #complete({ body, parts }: Chord, last: TaskRequest): Promise<void> {
    const failed = parts.find(({ state }) => state !== 'SUCCESS')
    if (failed !== undefined) return this.#fail(body, failed)
    const values = parts.toSorted((a, b) => (a.request.groupIndex ?? 0) - (b.request.groupIndex ?? 0))
    const context = { rootId: last.rootId, parentId: last.id, newId: () => randomUUID() }
    await this.#parts.run(
      chordBody(
        body,
        values.map(({ value }) => value),
        context
      )
    )
  }

  #fail({ options }: SignatureData, { request, value }: Part): void {
    const error = new ChordError(`Dependency ${request.id} raised ${errorRepr(toError(value))}`)
    const taskId = options.task_id ?? ''
    this.#parts.keep(createResultMeta('FAILURE', { result: errorToData(error) }, { taskId, now: this.#parts.now() }))
  }
}
