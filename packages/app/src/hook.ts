/** Somewhere to listen: `app.onAfterConfigure.connect(app => …)`. (celery's per-application signals) */
export class Hook<T> {
  readonly #listeners = new Set<(value: T) => void>()

  /** Listeners run in the order in which they were connected; the answer disconnects. */
  connect(listener: (value: T) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value)
  }
}
