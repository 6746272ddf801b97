/** A double-ended queue in a ring: push, shift and unshift without moving the rest. */
export class Deque<T> {
  #ring: (T | undefined)[] = new Array<T | undefined>(16)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  first(): T | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head]
  }

  push(item: T): void {
    this.#reserve()
    this.#ring[(this.#head + this.#size++) & (this.#ring.length - 1)] = item
  }

  unshift(item: T): void {
    this.#reserve()
    this.#head = (this.#head - 1) & (this.#ring.length - 1)
    this.#ring[this.#head] = item
    this.#size++
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size--
    return item
  }

  /** Takes out everything. */
  clear(): readonly T[] {
    const items: T[] = []
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item)
    this.#ring = new Array<T | undefined>(16)
    this.#head = 0
    return items
  }

  /** The length is a power of two, so that wrapping is a mask. */
  #reserve(): void {
    if (this.#size < this.#ring.length) return
    const items = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)]
    this.#ring = [...items, ...new Array<T | undefined>(items.length)]
    this.#head = 0
  }
}
