import { randomUUID } from 'node:crypto'
import { describe } from '@jest/globals'
import pg from 'pg'

/** Where the tests' server is; see scripts/services.mjs. */
export const SERVER = process.env['UMBEL_TEST_POSTGRES']

/** Skipped where no server is; `npm test` says so. */
export function describePostgres(name: string, body: () => void): void {
  const define = SERVER === undefined ? describe.skip : describe
  define(name, body)
}

/** A database of the test's own on the tests' server. */
export interface TestDatabase {
  readonly url: string
  /** Asks on a connection of its own. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
  /** Ends everybody's connections, as a failing server does. */
  sever(): Promise<void>
  dispose(): Promise<void>
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `umbel_test_${randomUUID().replaceAll('-', '')}`
  await onServer(serverUrl(), client => client.query(`CREATE DATABASE ${name}`))
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  const sever = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`
  return {
    url: url.href,
    query: async (text, values = []) => (await onServer(url.href, client => client.query(text, [...values]))).rows,
    sever: async () => void (await onServer(serverUrl(), client => client.query(sever))),
    dispose: async () =>
      void (await onServer(serverUrl(), client => client.query(`DROP DATABASE ${name} WITH (FORCE)`)))
  }
}

function serverUrl(): string {
  if (SERVER === undefined) throw new Error('UMBEL_TEST_POSTGRES is not set: start a server, or npm test')
  return SERVER
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
