import { hostname as machine } from 'node:os'

/** `umbel@<host>`; a name without `@` gets the host appended. `%h`: whole host, `%n`: its first part, `%d`: its domain. (W-50) */
export function nodeName(given: string | undefined, host: string = machine()): string {
  const name = expand(given ?? 'umbel', host)
  return name.includes('@') ? name : `${name}@${host}`
}

/** `%h` the host, `%n` the name before `@`, `%d` the host's domain, `%%` a percent sign. (celery.utils.nodenames.node_format) */
function expand(text: string, host: string): string {
  const [first = host, ...domain] = host.split('.')
  const values: Readonly<Record<string, string>> = { h: host, n: first, d: domain.join('.'), '%': '%' }
  return text.replaceAll(/%([hnd%])/g, (_match, letter: string) => values[letter] ?? '')
}
