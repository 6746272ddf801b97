import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again until there is an answer. @throws Error naming what was waited for, after `timeout` seconds */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  what: () => string,
  timeout = 5
): Promise<T> {
  const end = performance.now() + timeout * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`waited ${timeout} s in vain for ${what()}`)
    await pause(2)
  }
}

/** Holds what waits for it until it is opened. */
export class Gate {
  readonly #opened: Promise<void>
  #open!: () => void
  #passed = 0

  constructor() {
    this.#opened = new Promise(resolve => {
      this.#open = resolve
    })
  }

  /** How many came to the gate. */
  get arrived(): number {
    return this.#passed
  }

  open(): void {
    this.#open()
  }

  async pass(signal?: AbortSignal): Promise<void> {
    this.#passed++
    if (signal === undefined) return await this.#opened
    await Promise.race([
      this.#opened,
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      })
    ])
  }

  async reached(count: number): Promise<void> {
    await until(
      () => (this.#passed >= count ? true : undefined),
      () => `${count} tasks at the gate, there are ${this.#passed}`
    )
  }
}
