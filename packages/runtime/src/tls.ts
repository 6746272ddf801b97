import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { describe, UmbelError } from './errors.js'
import { suggest } from './suggest.js'

/** A TLS option that cannot be used, or a file of one that cannot be read. */
export class TlsOptionsError extends UmbelError {
  static override readonly code = 'TLS_OPTIONS'
}

type Reader = (value: unknown, fail: (expected: string) => TlsOptionsError) => ConnectionOptions

/** By Celery's names without their `ssl_`, in one spelling. */
const READERS: Readonly<Record<string, Reader>> = {
  keyfile: file('key'),
  certfile: file('cert'),
  cacerts: file('ca'),
  certreqs: (value, fail) => ({ rejectUnauthorized: verifies(value, fail) }),
  checkhostname: (value, fail) => (flag(value, fail) ? {} : { checkServerIdentity: () => undefined }),
  password: text('passphrase'),
  serverhostname: text('servername'),
  ciphers: text('ciphers'),
  ca: asGiven('ca'),
  cert: asGiven('cert'),
  key: asGiven('key'),
  passphrase: text('passphrase'),
  servername: text('servername'),
  rejectunauthorized: (value, fail) => ({ rejectUnauthorized: flag(value, fail) }),
  minversion: asGiven('minVersion')
}

const KNOWN =
  'keyfile, certfile, ca_certs, cert_reqs, check_hostname, password, server_hostname, ciphers (each also with ssl_ in ' +
  'front), and of Node ca, cert, key, passphrase, servername, rejectUnauthorized, minVersion'

/**
 * Celery's broker_use_ssl and redis_backend_use_ssl, and the `ssl_…` of a URL's query, as Node's TLS options. The
 * server's certificate and name are verified unless `cert_reqs` is none or `check_hostname` false (Celery verifies
 * nothing at amqps:// unless it is told to).
 * @param name of the setting, for errors
 * @throws TlsOptionsError naming the option, what was expected and what came
 */
export function readTlsOptions(given: boolean | Readonly<Record<string, unknown>>, name: string): ConnectionOptions {
  const entries = typeof given === 'boolean' ? [] : Object.entries(given)
  const present = entries.filter(([, value]) => value !== undefined && value !== null)
  return Object.assign({}, ...present.map(([option, value]) => readOption(name, option, value)))
}

function readOption(name: string, option: string, value: unknown): ConnectionOptions {
  const plain = option.toLowerCase().replace(/_/g, '')
  const reader = READERS[plain] ?? READERS[plain.replace(/^ssl/, '')]
  if (reader === undefined) {
    const near = suggest(plain, Object.keys(READERS))
    throw new TlsOptionsError(
      `${name}.${option}: no such option${near === undefined ? '' : ` (${near}?)`}; known: ${KNOWN}`
    )
  }
  return reader(value, expected => new TlsOptionsError(`${name}.${option}: ${expected}, got ${describe(value)}`))
}

function file(target: 'ca' | 'cert' | 'key'): Reader {
  return (value, fail) => {
    if (typeof value !== 'string' || value === '') throw fail('expected the path of a PEM file')
    try {
      return { [target]: readFileSync(value) }
    } catch (cause) {
      throw fail(`cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`)
    }
  }
}

function text(target: keyof ConnectionOptions): Reader {
  return (value, fail) => {
    if (typeof value !== 'string') throw fail('expected a text')
    return { [target]: value }
  }
}

/** Node says itself what is wrong with it. */
function asGiven(target: keyof ConnectionOptions): Reader {
  return value => ({ [target]: value })
}

function flag(value: unknown, fail: (expected: string) => TlsOptionsError): boolean {
  const read = { true: true, false: false, 1: true, 0: false }[String(value).toLowerCase()]
  if (read === undefined) throw fail('expected true or false')
  return read
}

/** ssl.CERT_NONE and kin: names, numbers, kombu's and redis-py's texts. For a client, optional is required. */
function verifies(value: unknown, fail: (expected: string) => TlsOptionsError): boolean {
  const wanted = String(value)
    .toLowerCase()
    .replace(/^(ssl\.)?(verifymode\.)?cert_/, '')
  const read = { none: false, 0: false, optional: true, 1: true, required: true, 2: true }[wanted]
  if (read === undefined) throw fail('expected required, optional or none')
  return read
}
