const MASK = '**'
const SECRET = /([?&;][^=&;]*(?:pass(?:word|wd)?|secret|token|credential)[^=&;]*=)[^&;]*/gi

/**
 * A URL, or several joined by `;`, without its passwords, for banners and errors; the user name stays. Passwords with
 * raw `@`, `/`, `?` or `#` are hidden whole: rather a character too many than one of the password. (as_uri)
 */
export function redactUrl(url: string): string {
  return url
    .split(/(?<=[;,])(?=[a-z][a-z0-9+.-]*:\/\/)/i)
    .map(redactOne)
    .join('')
}

function redactOne(url: string): string {
  const start = url.indexOf('://') + 3
  if (start < 3) return url
  const end = userInfoEnd(url, start)
  const colon = url.indexOf(':', start)
  const hidden = end > colon && colon >= start ? `${url.slice(0, colon + 1)}${MASK}${url.slice(end)}` : url
  return hidden.replace(SECRET, `$1${MASK}`)
}

/** Position of the `@` that ends the user info; -1 if there is none. */
function userInfoEnd(url: string, start: number): number {
  const rest = url.slice(start)
  const authority = rest.search(/[/?#]|$/)
  if (authority === 0) return -1
  const query = rest.search(/[?#]|$/)
  const before = rest.lastIndexOf('@', query)
  const at = before >= 0 ? before : isHost(rest.slice(0, authority)) ? -1 : rest.lastIndexOf('@')
  return at < 0 ? -1 : start + at
}

/** `host` or `host:port`, a password with a raw `?` in it is neither. */
function isHost(text: string): boolean {
  return /^(\[[^\]]*\]|[^:]*)(:\d*)?$/.test(text)
}
