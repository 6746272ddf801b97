import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

export interface ScriptCall {
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

/** Runs scripts by their digest; a server that does not know one (it was restarted) is told it again. */
export class Scripts {
  readonly #client: Redis
  readonly #digests = new Map<string, string>()

  constructor(client: Redis) {
    this.#client = client
  }

  async run(script: string, { keys, args }: ScriptCall): Promise<unknown> {
    const given = [keys.length, ...keys, ...args] as const
    try {
      return await this.#client.evalsha(this.#digestOf(script), ...given)
    } catch (error) {
      if (!String(error).includes('NOSCRIPT')) throw error
      return await this.#client.eval(script, ...given)
    }
  }

  #digestOf(script: string): string {
    const known = this.#digests.get(script)
    if (known !== undefined) return known
    const digest = createHash('sha1').update(script).digest('hex')
    this.#digests.set(script, digest)
    return digest
  }
}
