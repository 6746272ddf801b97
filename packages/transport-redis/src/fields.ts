/** What a field of `unacked` says: `umbel:<worker>:<n>:<step>:<queue>`. */
export interface Field {
  readonly worker: string
  /** Ascending in the order of taking. */
  readonly number: number
  readonly step: number
  readonly queue: string
}

export function fieldOf({ worker, number, step, queue }: Field): string {
  return `umbel:${worker}:${number}:${step}:${queue}`
}

/** undefined: it is not ours, but kombu's. */
export function readField(field: string): Field | undefined {
  const match = /^umbel:([^:]*):(\d+):(\d+):(.*)$/s.exec(field)
  if (match === null) return undefined
  const [, worker = '', number = '', step = '', queue = ''] = match
  return { worker, number: Number(number), step: Number(step), queue }
}

/** What kombu keeps beside the envelope: from where it came, so that its restore puts it there again. */
export function tailOf(queue: string): string {
  return `, "", ${JSON.stringify(queue)}]`
}

/** The envelope as it was in the list. */
export function envelopeOf(value: string, queue: string): string {
  return value.slice(1, -tailOf(queue).length)
}
