import { DuplicateNodenameWarning } from '@umbel/protocol'
import type { NodeReply } from './messages.js'

/** Replies node by node; warns of two nodes of one name. (celery.app.control.flatten_reply) */
export function flattenReplies(replies: readonly NodeReply[], warn: (warning: Error) => void): NodeReply {
  const nodes: Record<string, unknown> = {}
  const doubled = new Set<string>()
  for (const [name, reply] of replies.flatMap(each => Object.entries(each))) {
    if (Object.hasOwn(nodes, name)) doubled.add(name)
    nodes[name] = reply
  }
  if (doubled.size > 0) warn(new DuplicateNodenameWarning(inWords([...doubled].sort())))
  return nodes
}

function inWords(names: readonly string[]): string {
  const node = names.length === 1 ? 'node name' : 'node names'
  return `Received multiple replies from ${node}: ${names.join(', ')}. Give each node a name of its own: umbel worker -n`
}
