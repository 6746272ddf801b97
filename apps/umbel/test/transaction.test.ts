import { afterEach, beforeEach, expect, it } from '@jest/globals'
import pg from 'pg'
import { Umbel } from '../src/index.js'
import { createTestDatabase, describePostgres, type TestDatabase } from '@umbel/test-kit/postgres'

describePostgres('a task sent in a transaction of the caller', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(() => database.dispose())

  it('runs after the commit, and never after a rollback', async () => {
    await database.query('CREATE TABLE orders (id TEXT)')
    const app = new Umbel('shop', {
      broker: database.url,
      backend: database.url.replace('postgresql', 'db+postgresql+psycopg2')
    })
    const count = app.task('count', async () => (await database.query('SELECT id FROM orders ORDER BY id')).length)
    const worker = app.worker({ concurrency: 2 })
    await worker.start()
    const client = new pg.Client(database.url)
    await client.connect()
    const place = async (order: string, end: 'COMMIT' | 'ROLLBACK') => {
      await client.query('BEGIN')
      await client.query('INSERT INTO orders VALUES ($1)', [order])
      const result = await count.applyAsync([], { client })
      await client.query(end)
      return result
    }
    const forgotten = await place('a', 'ROLLBACK')
    const kept = await place('b', 'COMMIT')
    expect(await kept.get({ timeout: 10 })).toBe(1)
    expect(await forgotten.state()).toBe('PENDING')
    expect(await database.query('SELECT count(*)::int AS left FROM umbel_message')).toEqual([{ left: 0 }])
    await client.end()
    await worker.stop()
    await app.close()
  })
})
