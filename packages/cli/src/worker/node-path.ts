import { nodeName } from '@umbel/worker'

/**
 * A path with parts of the node's name: `%n` the name before `@`, `%h` all of it, `%d` the host's domain.
 * (celery.utils.nodenames.node_format)
 */
export function nodePath(path: string, hostname: string | undefined): string {
  const node = nodeName(hostname)
  const [name = '', host = ''] = node.split('@')
  const values: Readonly<Record<string, string>> = { n: name, h: node, d: host.replace(/^[^.]*\.?/, ''), '%': '%' }
  return path.replaceAll(/%([nhd%])/g, (_match, letter: string) => values[letter] ?? '')
}
