import type { ChordOpening, Dispatcher, GetOptions, GroupHandle, Handle, TaskSend } from '@umbel/canvas'
import type { ResultTuple, SignatureData, TaskState } from '@umbel/protocol'

/** A port that writes down what it is asked; ids are `id1`, `id2` … */
export class Recorder implements Dispatcher {
  readonly batches: (readonly TaskSend[])[] = []
  readonly chords: { readonly groupId: string; readonly size: number; readonly body: SignatureData }[] = []
  readonly saved: { readonly groupId: string; readonly group: ResultTuple }[] = []
  /** In order: what was done. */
  readonly log: string[] = []
  /** Task name → why it cannot be sent. */
  readonly refused = new Map<string, Error>()
  readonly local = new Map<string, (...args: never[]) => unknown>()
  joins = true
  errorCallbacksOnChordHeader = false
  #count = 0

  get sends(): readonly TaskSend[] {
    return this.batches.flat()
  }

  newId(): string {
    this.#count += 1
    return `id${this.#count}`
  }

  async send(batch: readonly TaskSend[]): Promise<readonly (Error | undefined)[]> {
    this.log.push(`send ${batch.length}`)
    this.batches.push(batch)
    return batch.map(({ task }) => this.refused.get(task))
  }

  async openChord({ groupId, size, body }: ChordOpening): Promise<void> {
    if (!this.joins) throw new Error('the rpc result store cannot join chords')
    await Promise.resolve()
    this.log.push('open')
    this.chords.push({ groupId, size, body })
  }

  async growChord(): Promise<void> {
    throw new Error('not asked for here')
  }

  async saveGroup(groupId: string, saved: ResultTuple): Promise<void> {
    this.log.push('save')
    this.saved.push({ groupId, group: saved })
  }

  handle(tuple: ResultTuple): Handle<unknown> {
    return tuple[1] === null ? new RecordedHandle(tuple) : new RecordedGroup(tuple)
  }

  async runLocally({ task, args }: TaskSend): Promise<unknown> {
    const body = this.local.get(task)
    if (body === undefined) throw new Error(`${task} is not here`)
    return await body(...(args as never[]))
  }
}

export class RecordedHandle implements Handle<unknown> {
  readonly #tuple: ResultTuple

  constructor(tuple: ResultTuple) {
    this.#tuple = tuple
  }

  get id(): string {
    return this.#tuple[0][0]
  }

  get parent(): Handle<unknown> | undefined {
    const [[, parent]] = this.#tuple
    return parent === null ? undefined : new RecordedHandle(parent)
  }

  async get(_options?: GetOptions): Promise<unknown> {
    return `result of ${this.id}`
  }

  async state(): Promise<TaskState> {
    return 'SUCCESS'
  }

  async ready(): Promise<boolean> {
    return true
  }

  async successful(): Promise<boolean> {
    return true
  }

  async failed(): Promise<boolean> {
    return false
  }

  async traceback(): Promise<string | undefined> {
    return undefined
  }

  async forget(): Promise<void> {
    // Nothing is kept.
  }

  async revoke(): Promise<void> {
    // Nothing runs.
  }

  asTuple(): ResultTuple {
    return this.#tuple
  }
}

class RecordedGroup extends RecordedHandle implements GroupHandle<unknown> {
  get results(): readonly Handle<unknown>[] {
    return (this.asTuple()[1] ?? []).map(child => new RecordedHandle(child))
  }

  get length(): number {
    return this.results.length
  }

  override get(options?: GetOptions): Promise<unknown[]> {
    return Promise.all(this.results.map(member => member.get(options)))
  }

  async completedCount(): Promise<number> {
    return this.length
  }

  async waiting(): Promise<boolean> {
    return false
  }

  async *iterNative(): AsyncGenerator<readonly [id: string, value: unknown]> {
    for (const member of this.results) yield [member.id, await member.get()]
  }

  async save(): Promise<void> {
    // Nothing is kept.
  }
}
