import { describe, expect, it } from '@jest/globals'
import { TransactionError } from '../src/index.js'
import { createApp, rejection, takeAll } from './kit.js'

describe('the client of a transaction', () => {
  const client = { query: async () => [] }

  it('is refused where the broker has no transactions to share, and nothing is sent', async () => {
    const app = createApp()
    const add = app.task('add', (x: number, y: number) => x + y)
    const [refusal, sent] = await Promise.all([rejection(add.applyAsync([1, 2], { client })), add.delay(3, 4)])
    expect(refusal).toBeInstanceOf(TransactionError)
    expect(refusal.message).toContain('PostgreSQL')
    expect((await takeAll(app)).map(({ body }) => body.args)).toEqual([[3, 4]])
    expect(sent.id).toBeDefined()
    await app.close()
  })

  it('must have query(text, values)', async () => {
    const app = createApp()
    const add = app.task('add', (x: number, y: number) => x + y)
    expect((await rejection(add.applyAsync([1, 2], { client: 'here' }))).message).toContain("'client'")
    await app.close()
  })
})
