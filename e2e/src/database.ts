import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** A database of its own beside that of the URL; answers its URL. */
export async function createDatabase(server: string): Promise<string> {
  const name = `umbel_e2e_${randomUUID().replaceAll('-', '')}`
  await ask(server, `CREATE DATABASE ${name}`)
  return withDatabase(server, name)
}

export async function dropDatabase(url: string): Promise<void> {
  await ask(withDatabase(url, 'postgres'), `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`)
}

/** On a connection of its own. */
export async function ask(url: string, text: string): Promise<void> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
