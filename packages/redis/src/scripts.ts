import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

export interface ScriptCall {
  readonly keys: readonly string[]
  readonly args: readonly (string | number | Buffer)[]
  /** It brings something new: a server whose memory is full shall refuse it, whatever `ScriptsOptions` say. Default false. */
  readonly grows?: boolean
}

export interface ScriptsOptions {
  /** They run while the server's memory is full too, as they take from it what must go. Default false. */
  readonly drains?: boolean
  /** The server knows flags of scripts: Redis 7 and later. */
  readonly flags: boolean
}

/** Redis 7 refuses scripts that write while memory is full, unless they say that they must run then. */
const ALLOW_OOM = '#!lua flags=allow-oom\n'
const REFUSE_OOM = '#!lua\n'
/** Older ones refuse a first write that takes memory, not what follows another write. */
const WRITE_NOTHING = "redis.call('UNLINK', KEYS[1] .. '.none')\n"

/** Runs scripts by their digest; a server that does not know one (it was restarted) is told it again. */
export class Scripts {
  readonly #client: Redis
  readonly #options: ScriptsOptions
  readonly #known = new Map<string, { readonly text: string; readonly digest: string }>()

  constructor(client: Redis, options: ScriptsOptions) {
    this.#client = client
    this.#options = options
  }

  async run(script: string, { keys, args, grows = false }: ScriptCall): Promise<unknown> {
    const { text, digest } = this.#prepare(script, grows)
    try {
      return await this.#client.evalsha(digest, keys.length, ...keys, ...args)
    } catch (error) {
      if (!String(error).includes('NOSCRIPT')) throw error
      return await this.#client.eval(text, keys.length, ...keys, ...args)
    }
  }

  #prepare(script: string, grows: boolean): { readonly text: string; readonly digest: string } {
    const known = this.#known.get(script)
    if (known !== undefined) return known
    const text = `${this.#headOf(grows)}${script}`
    const prepared = { text, digest: createHash('sha1').update(text).digest('hex') }
    this.#known.set(script, prepared)
    return prepared
  }

  #headOf(grows: boolean): string {
    const { drains = false, flags } = this.#options
    if (!drains) return ''
    if (flags) return grows ? REFUSE_OOM : ALLOW_OOM
    return grows ? '' : WRITE_NOTHING
  }
}
