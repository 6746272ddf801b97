import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { readTlsOptions, TlsOptionsError } from '@umbel/runtime'

const folder = mkdtempSync(join(tmpdir(), 'umbel-tls-'))
const pem = join(folder, 'some.pem')
writeFileSync(pem, 'PEM')
afterAll(() => rmSync(folder, { recursive: true }))

describe('readTlsOptions', () => {
  it("reads files by Celery's names, with and without ssl_, in snake and in camel case", () => {
    const bytes = Buffer.from('PEM')
    expect(readTlsOptions({ keyfile: pem, ssl_certfile: pem, caCerts: pem }, 'broker_use_ssl')).toEqual({
      key: bytes,
      cert: bytes,
      ca: bytes
    })
  })

  it.each([
    ['required', true],
    ['CERT_REQUIRED', true],
    ['optional', true],
    [2, true],
    ['none', false],
    ['ssl.CERT_NONE', false],
    [0, false]
  ])('reads cert_reqs %p', (given, verifies) => {
    expect(readTlsOptions({ ssl_cert_reqs: given }, 'broker_use_ssl')).toEqual({ rejectUnauthorized: verifies })
  })

  it('verifies the name of the server unless it is told not to', () => {
    expect(readTlsOptions({ check_hostname: 'true' }, 'x')).toEqual({})
    expect(readTlsOptions({ check_hostname: false }, 'x').checkServerIdentity?.('a', {} as never)).toBeUndefined()
  })

  it('takes what Node takes, true, and nothing', () => {
    expect(readTlsOptions({ ca: 'PEM', servername: 'a', rejectUnauthorized: true }, 'x')).toEqual({
      ...{ ca: 'PEM', servername: 'a', rejectUnauthorized: true }
    })
    expect(readTlsOptions(true, 'x')).toEqual({})
    expect(readTlsOptions({ keyfile: null, certfile: undefined }, 'x')).toEqual({})
  })

  it.each<[Record<string, unknown>, RegExp]>([
    [{ keyfil: pem }, /^broker_use_ssl\.keyfil: no such option \(keyfile\?\); known: keyfile/],
    [{ ca_certs: join(folder, 'none.pem') }, /^broker_use_ssl\.ca_certs: cannot be read \(ENOENT\), got .*none\.pem/],
    [{ certfile: 7 }, /expected the path of a PEM file, got number: 7/],
    [{ cert_reqs: 'maybe' }, /expected required, optional or none, got maybe/],
    [{ ssl_check_hostname: 'perhaps' }, /expected true or false, got perhaps/]
  ])('names what is wrong in %p', (given, message) => {
    const read = (): unknown => readTlsOptions(given, 'broker_use_ssl')
    expect(read).toThrow(TlsOptionsError)
    expect(read).toThrow(message)
  })
})
