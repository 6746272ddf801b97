const MASK = '**'
const SECRET = /([?&;][^=&;]*(?:pass(?:word|wd)?|secret|token|credential)[^=&;]*=)[^&;]*/gi

/**
 * A URL, or several of one scheme joined by `;` or `,`, without its passwords, for banners and errors; the user name
 * stays. Passwords with a raw `@`, `/`, `?` or `#` are hidden whole: where it is not clear what the password is, too
 * much is hidden rather than a character shown. (as_uri)
 */
export function redactUrl(url: string): string {
  const start = url.indexOf('://')
  if (start < 0) return url
  const scheme = `${url.slice(0, start)}://`
  return url.split(scheme).map(redactRest).join(scheme)
}

/** What follows `scheme://`; the user info ends at the last `@`, and there is none before an empty host. */
function redactRest(rest: string): string {
  const colon = rest.indexOf(':')
  const at = rest.lastIndexOf('@')
  const hidden =
    colon < 0 || at < colon || rest.startsWith('/') ? rest : rest.slice(0, colon + 1) + MASK + rest.slice(at)
  return hidden.replace(SECRET, `$1${MASK}`)
}
