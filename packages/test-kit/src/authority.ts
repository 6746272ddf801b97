import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface Certificate {
  readonly certfile: string
  readonly keyfile: string
}

/** A certificate authority of a test's own. */
export interface Authority {
  /** Path of its certificate. */
  readonly file: string
  /** A certificate for hosts (names or addresses), or for a client where there are none. */
  issue(name: string, hosts?: readonly string[]): Certificate
}

/** @throws where openssl is not installed */
export function createAuthority(folder: string, name = 'ca'): Authority {
  const file = join(folder, `${name}.pem`)
  const key = join(folder, `${name}.key`)
  const constraints = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign']
  openssl('req', '-x509', ...NEW_KEY, '-keyout', key, '-out', file, '-subj', `/CN=Umbel test ${name}`, ...constraints)
  return { file, issue: (holder, hosts = []) => issue({ folder, authority: { file, key }, name: holder, hosts }) }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

interface Issue {
  readonly folder: string
  readonly authority: { readonly file: string; readonly key: string }
  readonly name: string
  readonly hosts: readonly string[]
}

function issue({ folder, authority, name, hosts }: Issue): Certificate {
  const path = (ending: string): string => join(folder, `${name}.${ending}`)
  const [certfile, keyfile, request, extensions] = [path('pem'), path('key'), path('csr'), path('ext')]
  openssl('req', '-new', ...NEW_KEY, '-keyout', keyfile, '-out', request, '-subj', `/CN=${name}`)
  writeFileSync(extensions, extensionsOf(hosts))
  const signer = ['-CA', authority.file, '-CAkey', authority.key, '-CAcreateserial', '-extfile', extensions]
  openssl('x509', '-req', '-in', request, '-out', certfile, '-days', '2', ...signer)
  chmodSync(keyfile, 0o600)
  return { certfile, keyfile }
}

function extensionsOf(hosts: readonly string[]): string {
  if (hosts.length === 0) return 'extendedKeyUsage=clientAuth\n'
  const names = hosts.map(host => (/^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`))
  return `extendedKeyUsage=serverAuth\nsubjectAltName=${names.join(',')}\n`
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', [...args], { stdio: ['ignore', 'ignore', 'pipe'] })
}
