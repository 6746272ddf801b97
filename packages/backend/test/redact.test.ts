import { describe, expect, it } from '@jest/globals'
import { redactUrl } from '@umbel/backend'
import fc from 'fast-check'

describe('redactUrl', () => {
  it.each([
    ['redis://localhost:6379/0', 'redis://localhost:6379/0'],
    ['redis://:secret@localhost/1', 'redis://:**@localhost/1'],
    ['rediss://user:secret@host:6380/1?ssl_cert_reqs=none', 'rediss://user:**@host:6380/1?ssl_cert_reqs=none'],
    ['redis://user@host/1', 'redis://user@host/1'],
    ['redis://:p@ss@host/0', 'redis://:**@host/0'],
    ['redis://:p/a?s#s@host/0', 'redis://:**@host/0'],
    ['redis://u:12/34@host/0', 'redis://u:**@host/0'],
    ['redis://host/0?mail=a@b', 'redis://host/0?mail=a@b'],
    ['redis://host:6379/0?mail=a@b', 'redis://host:**@b'],
    ['redis://[::1]:6379/0', 'redis://[::1]:6379/0'],
    ['redis://host/0?password=secret&db=1', 'redis://host/0?password=**&db=1'],
    ['db+postgresql+psycopg2://u:secret@host/db', 'db+postgresql+psycopg2://u:**@host/db'],
    ['sentinel://:one@h1:26379;sentinel://:two@h2:26379/0', 'sentinel://:**@h1:26379;sentinel://:**@h2:26379/0'],
    ['sqlite:////home/a@b:c/results.db', 'sqlite:////home/a@b:c/results.db'],
    ['memory://', 'memory://'],
    ['disabled', 'disabled'],
    ['', '']
  ])('shows %s as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown)
  })

  it('[RB-07] never shows a password, whatever characters it has', () => {
    const characters = fc.string({ unit: fc.constantFrom(...'aZ09@:/?#%&=+.;,-_~ ü'.split('')), maxLength: 12 })
    fc.assert(
      fc.property(characters, characters, (left, right) => {
        const shown = redactUrl(`redis://user:${left}SECRET${right}@host/0`)
        expect(shown).not.toContain('SECRET')
        expect(shown.startsWith('redis://user:**')).toBe(true)
      })
    )
  })
})
