/** What comes first by `before` is on top. */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean
  #items: T[] = []

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    this.#items.push(item)
    this.#up(this.#items.length - 1)
  }

  pop(): T | undefined {
    const top = this.#items[0]
    const last = this.#items.pop()
    if (last === undefined || this.#items.length === 0) return top
    this.#items[0] = last
    this.#down(0)
    return top
  }

  /** Takes out everything, in no order. */
  clear(): readonly T[] {
    const items = this.#items
    this.#items = []
    return items
  }

  #up(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!this.#swap(index, parent)) return
      index = parent
    }
  }

  #down(from: number): void {
    for (let index = from; ; ) {
      const left = 2 * index + 1
      const child = this.#isBefore(left + 1, left) ? left + 1 : left
      if (!this.#swap(child, index)) return
      index = child
    }
  }

  /** Exchanges the two if the lower one comes first. */
  #swap(lower: number, upper: number): boolean {
    if (!this.#isBefore(lower, upper)) return false
    const item = this.#items[lower] as T
    this.#items[lower] = this.#items[upper] as T
    this.#items[upper] = item
    return true
  }

  #isBefore(index: number, other: number): boolean {
    if (index >= this.#items.length || other >= this.#items.length) return false
    return this.#before(this.#items[index] as T, this.#items[other] as T)
  }
}
