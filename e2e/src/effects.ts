import { appendFileSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'

/** One line of the effects file: what a task body did, told to nobody but the file system. */
export interface Effect {
  /** 'start' when the body begins, 'effect' when its work is done. */
  readonly kind: 'start' | 'effect'
  readonly key: string
  readonly id: string
  readonly redelivered: boolean
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Where it was not one of ours. */
  readonly by?: 'python'
}

/** Appends a line in one write: O_APPEND keeps the lines of many processes apart. */
export function noteEffect(file: string, effect: Effect): void {
  appendFileSync(file, `${JSON.stringify(effect)}\n`)
}

/** Reads the file as it grows. */
export class Effects {
  readonly file: string
  readonly #all: Effect[] = []
  #offset = 0
  #rest = ''

  constructor(file: string) {
    this.file = file
  }

  /** Everything noted so far. */
  read(): readonly Effect[] {
    const lines = (this.#rest + this.#more()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#all.push(JSON.parse(line) as Effect)
    return this.#all
  }

  of(key: string, kind: Effect['kind']): readonly Effect[] {
    return this.read().filter(effect => effect.key === key && effect.kind === kind)
  }

  #more(): string {
    if (!existsSync(this.file)) return ''
    const bytes = Buffer.alloc(statSync(this.file).size - this.#offset)
    const descriptor = openSync(this.file, 'r')
    try {
      const count = readSync(descriptor, bytes, 0, bytes.length, this.#offset)
      this.#offset += count
      return bytes.toString('utf8', 0, count)
    } finally {
      closeSync(descriptor)
    }
  }
}
