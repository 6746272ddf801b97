import { inspect } from 'node:util'
import { InvalidUrlError } from './errors.js'

const MASK = '**'
const SECRET_NAME = /pass(word|wd)?|secret|token|credential/i

interface Pieces {
  readonly scheme: string
  readonly userInfo: string | undefined
  readonly host: string
  readonly port: number | undefined
  readonly path: string
  readonly query: string
}

/**
 * A broker URL, read leniently as kombu does: lists of alternates joined by `;`, percent-decoding everywhere, passwords
 * with unescaped `@`, `:`, `/`, `?` or `#`. Printed, logged or turned into JSON it shows no password, and no error of
 * its own ever quotes one.
 */
export class BrokerUrl {
  readonly scheme: string
  readonly user: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  /** Decoded, with its leading slash; '' when there is none. */
  readonly path: string
  /** The path without its first slash: `//` is vhost `/`; undefined when that leaves nothing. */
  readonly vhost: string | undefined
  readonly query: Readonly<Record<string, string>>
  /** The other URLs of the list, in order. */
  readonly alternates: readonly BrokerUrl[]
  /** The whole text, `**` in place of secrets. */
  readonly redacted: string
  readonly #password: string | undefined

  private constructor(pieces: Pieces, alternates: readonly BrokerUrl[]) {
    const [user, password] = splitUserInfo(pieces.userInfo)
    this.scheme = pieces.scheme
    this.user = user
    this.#password = password
    this.host = pieces.host === '' ? undefined : decode(pieces.host)
    this.port = pieces.port
    this.path = decode(pieces.path)
    this.vhost = this.path.slice(1) === '' ? undefined : this.path.slice(1)
    this.query = readQuery(pieces.query)
    this.alternates = alternates
    this.redacted = [redact(pieces), ...alternates.map(url => url.redacted)].join(';')
  }

  /** @throws InvalidUrlError */
  static parse(text: string): BrokerUrl {
    if (typeof text !== 'string') throw new InvalidUrlError(`a broker URL must be a string, got ${typeof text}`)
    const [first, ...rest] = text.trim().split(/;(?=[a-z][a-z0-9+.-]*:\/\/)/i)
    const alternates = rest.map(url => new BrokerUrl(split(url), []))
    return new BrokerUrl(split(first ?? ''), alternates)
  }

  /** A getter, so that nothing prints it by accident. */
  get password(): string | undefined {
    return this.#password
  }

  toString(): string {
    return this.redacted
  }

  toJSON(): string {
    return this.redacted
  }

  [inspect.custom](): string {
    return `BrokerUrl(${this.redacted})`
  }
}

function split(text: string): Pieces {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text.replace(/;+$/, ''))
  if (match === null) throw new InvalidUrlError('a broker URL looks like scheme://user:password@host:port/path')
  const [, scheme = '', rest = ''] = match
  const { userInfo, after } = splitAuthority(rest)
  const [hostAndPath = '', ...query] = after.split('?')
  const slash = hostAndPath.indexOf('/')
  const authority = slash < 0 ? hostAndPath : hostAndPath.slice(0, slash)
  const path = slash < 0 ? '' : hostAndPath.slice(slash)
  return { scheme: scheme.toLowerCase(), userInfo, ...splitHost(authority), path, query: query.join('?') }
}

/**
 * The user info ends at the last `@` before the first `/` or `?`. Where there is none but the text in front cannot be a
 * host, a password holds such a character: then at the last `@` of all.
 */
function splitAuthority(rest: string): { userInfo: string | undefined; after: string } {
  const end = rest.search(/[/?]|$/)
  const authority = rest.slice(0, end)
  const at = authority.includes('@') || isHost(authority) ? authority.lastIndexOf('@') : lastAt(rest)
  if (at < 0) {
    checkAmbiguous(authority, rest)
    return { userInfo: undefined, after: rest }
  }
  return { userInfo: rest.slice(0, at), after: rest.slice(at + 1) }
}

/** Of an `@` in front of the query rather than in it. */
function lastAt(rest: string): number {
  const before = rest.lastIndexOf('@', rest.search(/\?|$/))
  return before < 0 ? rest.lastIndexOf('@') : before
}

/** `user:12/34@host` may be a host with a port and a path, or a password with a slash: nobody can tell, so nobody guesses. */
function checkAmbiguous(authority: string, rest: string): void {
  const path = rest.slice(authority.length).split('?')[0] ?? ''
  if (/:\d+$/.test(authority) && path.includes('@'))
    throw new InvalidUrlError('a "/" in the password must be written %2F, an "@" in the path %40')
}

/** `host`, `host:port`, `[::1]:port`; empty is one too, but not a port alone. */
function isHost(text: string): boolean {
  return /^((\[[^\]]*\]|[^:#[\]]+)(:\d*)?|)$/.test(text)
}

function splitHost(authority: string): { host: string; port: number | undefined } {
  const match = /^(?:\[([^\]]*)\]|([^:;[\]]*))(?::(.*))?$/s.exec(authority)
  if (match === null)
    throw new InvalidUrlError(
      'the host of a broker URL cannot be read: IPv6 needs [brackets], each alternate after ";" its own scheme://'
    )
  const [, bracketed, plain = '', digits = ''] = match
  return { host: bracketed ?? plain, port: readPort(digits) }
}

function readPort(digits: string): number | undefined {
  if (digits === '') return undefined
  const port = /^\d+$/.test(digits) ? Number(digits) : 0
  if (port < 1 || port > 65_535) throw new InvalidUrlError('the port of a broker URL must be a number from 1 to 65535')
  return port
}

function splitUserInfo(userInfo: string | undefined): readonly [string | undefined, string | undefined] {
  if (userInfo === undefined) return [undefined, undefined]
  const colon = userInfo.indexOf(':')
  const user = colon < 0 ? userInfo : userInfo.slice(0, colon)
  const password = colon < 0 ? undefined : decode(userInfo.slice(colon + 1))
  return [user === '' ? undefined : decode(user), password === '' ? undefined : password]
}

function readQuery(query: string): Readonly<Record<string, string>> {
  const pairs = query.split('&').filter(pair => pair !== '')
  return Object.fromEntries(
    pairs.map(pair => {
      const [name = '', ...value] = pair.replaceAll('+', ' ').split('=')
      return [decode(name), decode(value.join('='))]
    })
  )
}

/** What is no valid percent sequence stands for itself. */
function decode(text: string): string {
  return text.replace(/(%[0-9a-f]{2})+/gi, sequence => {
    try {
      return decodeURIComponent(sequence)
    } catch {
      return sequence
    }
  })
}

function redact({ scheme, userInfo, host, port, path, query }: Pieces): string {
  const colon = userInfo?.indexOf(':') ?? -1
  const who = userInfo === undefined ? '' : `${colon < 0 ? userInfo : `${userInfo.slice(0, colon)}:${MASK}`}@`
  const where = `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`
  const how = query.replace(/([^&=]+)=[^&]*/g, (pair, name: string) =>
    SECRET_NAME.test(name) ? `${name}=${MASK}` : pair
  )
  return `${scheme}://${who}${where}${path}${how === '' ? '' : `?${how}`}`
}
