import { UnknownCompressionError } from '../errors.js'
import type { Compression } from '../serializer.js'

/** The compressions of an application; immutable. */
export interface Compressions {
  readonly names: readonly string[]
  /** By name, alias or content type. @throws UnknownCompressionError listing the known names */
  byName(name: string): Compression
  /** With one more, or one of the same name replaced. */
  with(compression: Compression): Compressions
}

export function createCompressions(list: readonly Compression[]): Compressions {
  return new CompressionRegistry(list)
}

class CompressionRegistry implements Compressions {
  readonly #list: readonly Compression[]
  readonly #byName: ReadonlyMap<string, Compression>

  constructor(list: readonly Compression[]) {
    this.#list = list
    this.#byName = new Map(
      list.flatMap(compression =>
        [compression.name, ...compression.aliases, compression.contentType].map(name => [name, compression] as const)
      )
    )
  }

  get names(): readonly string[] {
    return this.#list.flatMap(({ name, aliases }) => [name, ...aliases])
  }

  byName(name: string): Compression {
    const compression = this.#byName.get(name)
    if (compression === undefined) throw new UnknownCompressionError(name, this.names)
    return compression
  }

  with(compression: Compression): Compressions {
    return new CompressionRegistry([...this.#list.filter(({ name }) => name !== compression.name), compression])
  }
}
