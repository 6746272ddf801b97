import { InvalidSignatureError } from '../errors.js'
import { InvalidTaskError } from '../exceptions/classes.js'
import { isMapping, shown } from '../shown.js'
import type { SignatureData } from '../signature-data.js'
import { normalizeSignature } from '../signature/normalize.js'
import type { Embed, TaskBody } from '../task-message.js'

/** The body of protocol 2, or the map of protocol 1. @throws InvalidTaskError */
export function readBody(decoded: unknown): TaskBody {
  if (isMapping(decoded) && 'args' in decoded) return readMap(decoded)
  if (!Array.isArray(decoded) || decoded.length !== 3)
    throw new InvalidTaskError(`the body must be [args, kwargs, embed], got ${shown(decoded)}`)
  const [args, kwargs, embed] = decoded as readonly unknown[]
  return { args: readArgs(args), kwargs: readKwargs(kwargs), embed: readEmbed(embed ?? {}) }
}

/** Arguments and embed out of the map that is the body of protocol 1 and of the hybrid form. @throws InvalidTaskError */
export function readMap(map: Readonly<Record<string, unknown>>): TaskBody {
  const { args = [], kwargs = {}, callbacks, errbacks, chord } = map
  return {
    args: readArgs(args),
    kwargs: readKwargs(kwargs),
    embed: readEmbed({ callbacks, errbacks, chord })
  }
}

function readArgs(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidTaskError(`args must be an array, got ${shown(value)}`)
  return value as readonly unknown[]
}

function readKwargs(value: unknown): Readonly<Record<string, unknown>> {
  if (!isMapping(value)) throw new InvalidTaskError(`kwargs must be an object, got ${shown(value)}`)
  return value
}

function readEmbed(value: unknown): Embed {
  if (!isMapping(value)) throw new InvalidTaskError(`embed must be an object or null, got ${shown(value)}`)
  return {
    callbacks: signatures(value['callbacks'], 'callbacks'),
    errbacks: signatures(value['errbacks'], 'errbacks'),
    chain: signatures(value['chain'], 'chain'),
    chord: (value['chord'] ?? null) === null ? null : signature(value['chord'], 'chord')
  }
}

/** One signature may stand for a list of one. (trap 24) */
function signatures(value: unknown, path: string): readonly SignatureData[] | null {
  if (value === null || value === undefined) return null
  if (!Array.isArray(value)) return [signature(value, path)]
  return value.map((item, index) => signature(item, `${path}[${index}]`))
}

function signature(value: unknown, path: string): SignatureData {
  try {
    return normalizeSignature(value)
  } catch (cause) {
    if (!(cause instanceof InvalidSignatureError)) throw cause
    throw new InvalidTaskError(`embed.${path}: ${cause.message}`, { cause })
  }
}
