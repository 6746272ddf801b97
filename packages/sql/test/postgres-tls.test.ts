import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { DatabaseOpenError, openDatabase } from '@umbel/sql'
import { type Certificate, createAuthority, type PostgresServer, startPostgres, temporaryFolder } from '@umbel/test-kit'
import { describePostgres } from '@umbel/test-kit/postgres'

describePostgres('PostgreSQL over TLS', () => {
  const folder = temporaryFolder('postgres-tls')
  let server: PostgresServer
  let authority: string
  let stranger: string
  let client: Certificate

  beforeAll(async () => {
    const ours = createAuthority(folder.path)
    const own = ours.issue('server', ['127.0.0.1'])
    const access = join(folder.path, 'pg_hba.conf')
    writeFileSync(access, 'hostssl all umbel 127.0.0.1/32 trust\nhostssl all certified 127.0.0.1/32 cert\n')
    authority = ours.file
    stranger = createAuthority(folder.path, 'stranger').file
    client = ours.issue('certified')
    const files = [`ssl_cert_file=${own.certfile}`, `ssl_key_file=${own.keyfile}`, `ssl_ca_file=${ours.file}`]
    const settings = ['ssl=on', ...files, `hba_file=${access}`]
    server = await startPostgres({ folder: folder.path, settings, own: [own.keyfile, own.certfile, access, ours.file] })
  }, 40_000)

  afterAll(async () => {
    await server.dispose()
    folder.dispose()
  })

  function at(query: Record<string, string>, { host = '127.0.0.1', user = 'umbel' } = {}): string {
    return `postgresql://${user}@${host}:${server.port}/postgres?${new URLSearchParams(query)}`
  }

  async function refusal(url: string): Promise<Error> {
    const before = performance.now()
    const opening = openDatabase(url).then(database => database.close())
    const error = await opening.then(
      () => new Error('it was opened'),
      (thrown: unknown) => thrown as Error
    )
    expect(performance.now() - before).toBeLessThan(5000)
    expect(error).toBeInstanceOf(DatabaseOpenError)
    return error
  }

  it('[SEC-06] opens where the authority and the name are right', async () => {
    const database = await openDatabase(at({ sslmode: 'verify-full', sslrootcert: authority }))
    const [row] = await database.read(session =>
      session.all('SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
    )
    expect(row).toEqual({ version: expect.stringMatching(/^TLS/) })
    await database.close()
  })

  it('[SEC-06] refuses a server of another authority', async () => {
    const error = await refusal(at({ sslmode: 'verify-full', sslrootcert: stranger }))
    expect(error.message).toMatch(/certificate.*TLS: see sslmode, sslrootcert/)
  })

  it('[SEC-06] refuses a server of another name', async () => {
    const error = await refusal(at({ sslmode: 'verify-full', sslrootcert: authority }, { host: 'localhost' }))
    expect(error.message).toMatch(/localhost.*TLS: see sslmode/)
  })

  it('[SEC-06] shows a certificate where the server asks for one, and says that it is missing', async () => {
    const right = { sslmode: 'verify-full', sslrootcert: authority }
    const missing = await refusal(at(right, { user: 'certified' }))
    expect(missing.message).toMatch(/certificate/)
    const own = { ...right, sslcert: client.certfile, sslkey: client.keyfile }
    expect((await refusal(at(own, { user: 'certified' }))).message).toMatch(/role "certified" does not exist/)
  })

  it('refuses a URL without TLS where the server wants it', async () => {
    expect((await refusal(at({ sslmode: 'disable' }))).message).toMatch(/pg_hba\.conf/)
  })
})
