import { decodeJson, type Embed } from '@umbel/protocol'
import type { WorkerRequest } from '../consume/request.js'

export const NOTHING: Embed = { callbacks: null, errbacks: null, chain: null, chord: null }

/** The embed of a body that cannot be decoded: nobody knows what follows, nor whether a chord waits. */
export const UNREADABLE: Embed = { ...NOTHING }

/** The embed that a report brought back. */
export function readEmbed(text: string | undefined): Embed {
  return text === undefined ? NOTHING : (decodeJson(text) as Embed)
}

/** The embed of a request whose executor can no longer say it. */
export function embedOf({ parsed }: WorkerRequest): Embed {
  try {
    return parsed.decodeBody().embed
  } catch {
    return UNREADABLE
  }
}
