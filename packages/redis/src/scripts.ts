import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

export interface ScriptCall {
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

/** Redis 7 refuses scripts that write while memory is full, unless they say that they must run then. */
const ALLOW_OOM = '#!lua flags=allow-oom\n'

/** Runs scripts by their digest; a server that does not know one (it was restarted) is told it again. */
export class Scripts {
  readonly #client: Redis
  readonly #flags: boolean
  readonly #known = new Map<string, { readonly text: string; readonly digest: string }>()

  /** `flags`: the server knows flags of scripts, Redis 7 and later. */
  constructor(client: Redis, { flags }: { readonly flags: boolean }) {
    this.#client = client
    this.#flags = flags
  }

  async run(script: string, { keys, args }: ScriptCall): Promise<unknown> {
    const { text, digest } = this.#prepare(script)
    try {
      return await this.#client.evalsha(digest, keys.length, ...keys, ...args)
    } catch (error) {
      if (!String(error).includes('NOSCRIPT')) throw error
      return await this.#client.eval(text, keys.length, ...keys, ...args)
    }
  }

  #prepare(script: string): { readonly text: string; readonly digest: string } {
    const known = this.#known.get(script)
    if (known !== undefined) return known
    const text = this.#flags ? `${ALLOW_OOM}${script}` : script
    const prepared = { text, digest: createHash('sha1').update(text).digest('hex') }
    this.#known.set(script, prepared)
    return prepared
  }
}
