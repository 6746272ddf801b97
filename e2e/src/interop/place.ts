import { hostname } from 'node:os'

export type Language = 'python' | 'typescript'

/** Who calls whom. */
export interface Direction {
  readonly client: Language
  /** Whose queue a call goes to that names none. */
  readonly served: Language
  /** Of the message that starts it. @default 2 */
  readonly protocol?: 1 | 2
}

/** Where the calls of a plan go, by name. */
export class Place {
  /** Of this run alone: other runs may use the same broker. */
  readonly prefix: string
  /** Whose queue a call goes to that names none. */
  readonly served: Language
  /** A folder for gates. */
  readonly folder: string

  constructor(prefix: string, served: Language, folder: string) {
    this.prefix = prefix
    this.served = served
    this.folder = folder
  }

  /** The queue of one language's workers. */
  queue(language: Language): string {
    return `${this.prefix}.${language}`
  }

  /** For keys of notes: of this run and direction. */
  get mark(): string {
    return this.queue(this.served)
  }

  /** Workers of both languages consume it. */
  get both(): string {
    return `${this.prefix}.both`
  }

  /** The name of a language's worker. */
  node(language: Language): string {
    return `${language}@${hostname()}`
  }

  get topical(): { readonly exchange: string; readonly queue: string; readonly routingKey: string } {
    const own = this.queue(this.served)
    return { exchange: `${own}.topics`, queue: `${own}.topical`, routingKey: `${own}.orders.new` }
  }
}
