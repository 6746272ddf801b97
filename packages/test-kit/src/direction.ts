import type { Socket } from 'node:net'

interface Held {
  /** On the monotonic clock, milliseconds. */
  readonly due: number
  /** undefined: the end of the connection. */
  readonly chunk: Buffer | undefined
}

/** What one side of a connection says to the other; the end of it is something that is said, too. */
export class Direction {
  readonly #to: Socket
  readonly #queue: Held[] = []
  #held = false
  #stopped = false
  #delay = 0
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket) {
    this.#to = to
    from.on('data', (chunk: Buffer) => this.#push(chunk))
    from.on('error', () => from.destroy())
    from.on('close', () => this.#push(undefined))
    to.on('close', () => clearTimeout(this.#timer))
  }

  /** `delay`: milliseconds. */
  set({ held, delay }: { readonly held: boolean; readonly delay: number }): void {
    this.#held = held
    this.#delay = delay
    this.#pass()
  }

  /** Nothing will ever arrive. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #push(chunk: Buffer | undefined): void {
    if (this.#stopped) return
    this.#queue.push({ due: performance.now() + this.#delay, chunk })
    this.#pass()
  }

  #pass(): void {
    clearTimeout(this.#timer)
    if (this.#held || this.#stopped) return
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      const wait = next.due - performance.now()
      if (wait > 0 && this.#delay > 0) {
        this.#timer = setTimeout(() => this.#pass(), wait)
        return
      }
      this.#queue.shift()
      if (next.chunk === undefined) this.#to.destroy()
      else this.#to.write(next.chunk)
    }
  }
}
