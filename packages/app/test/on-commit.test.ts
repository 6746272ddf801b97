import { describe, expect, it } from '@jest/globals'
import { atomic, OnCommitError, onCommit } from '../src/index.js'
import { createApp, rejection, takeAll } from './kit.js'

/** A database as far as it matters here: rows that others see after the commit only. */
function database() {
  const rows: string[] = []
  return {
    rows,
    async transaction<T>(work: (insert: (row: string) => void) => Promise<T>): Promise<T> {
      const inserted: string[] = []
      const value = await work(row => void inserted.push(row))
      await new Promise(resolve => setImmediate(resolve))
      rows.push(...inserted)
      return value
    }
  }
}

function withTask() {
  const app = createApp()
  const mail = app.task('mail', { params: ['order', 'copies'] }, (order: string, copies = 1) => `${order} ${copies}`)
  const sent = async (): Promise<readonly unknown[]> => (await takeAll(app)).map(({ body }) => body.args[0])
  return { app, mail, sent }
}

describe('after the commit', () => {
  it('[A-47] delayOnCommit and applyAsyncOnCommit send when the transaction has committed, and not before', async () => {
    const { app, mail, sent } = withTask()
    const { rows, transaction } = database()
    const seen: number[] = []
    const [first, second] = await atomic(() =>
      transaction(async insert => {
        insert('a1')
        const results = [
          mail.delayOnCommit('a1'),
          mail.applyAsyncOnCommit([], { kwargs: { order: 'a2' }, taskId: 'mine', queue: 'lopri' })
        ] as const
        onCommit(() => void seen.push(rows.length))
        expect(await sent()).toEqual([])
        return results
      })
    )
    expect([rows, seen]).toEqual([['a1'], [1]])
    const [message] = await takeAll(app)
    expect(message).toMatchObject({ body: { args: ['a1'] }, delivery: { message: { headers: { id: first.id } } } })
    expect(second.id).toBe('mine')
    expect((await takeAll(app, 'lopri')).map(({ body }) => body.kwargs)).toEqual([{ order: 'a2' }])
  })

  it('[A-47] nothing is sent when the transaction rolls back', async () => {
    const { mail, sent } = withTask()
    const failing = atomic(async () => {
      mail.delayOnCommit('a1')
      throw new Error('constraint')
    })
    expect((await rejection(failing)).message).toBe('constraint')
    expect(await sent()).toEqual([])
  })

  it('sends at once outside of a transaction', async () => {
    const { app, mail, sent } = withTask()
    mail.delayOnCommit('a1')
    await app.services.publisher.flush()
    expect(await sent()).toEqual(['a1'])
  })

  it('waits for the outermost transaction; a savepoint that rolls back takes its own along', async () => {
    const { mail, sent } = withTask()
    await atomic(async () => {
      await atomic(async () => void mail.delayOnCommit('inner'))
      await atomic(async () => {
        mail.delayOnCommit('lost')
        throw new Error('savepoint')
      }).catch(() => undefined)
      mail.delayOnCommit('outer')
      expect(await sent()).toEqual([])
    })
    expect(await sent()).toEqual(['inner', 'outer'])
  })

  it('keeps transactions that run side by side apart', async () => {
    const { mail, sent } = withTask()
    const order: string[] = []
    let commit: () => void = () => undefined
    const slow = atomic(async () => {
      mail.delayOnCommit('slow')
      await new Promise<void>(resolve => (commit = resolve))
      order.push('slow')
    })
    await atomic(async () => void mail.delayOnCommit('quick'))
    expect(await sent()).toEqual(['quick'])
    commit()
    await slow
    expect(await sent()).toEqual(['slow'])
  })

  it('refuses a wrong call where it is made, so that the transaction can still roll back', async () => {
    const { mail, sent } = withTask()
    const wrong = atomic(async () => {
      mail.delayOnCommit('fine')
      mail.applyAsyncOnCommit(['a1'], { kwargs: { order: 'twice' } })
    })
    expect((await rejection(wrong)).message).toMatch(/order/)
    expect(() => mail.applyAsyncOnCommit(['a1'], { countdwn: 1 } as never)).toThrow(/countdown/)
    expect(await sent()).toEqual([])
  })

  it('says that the transaction has committed where what follows fails, and tries all of it', async () => {
    const { mail, sent } = withTask()
    const done = atomic(async () => {
      onCommit(() => Promise.reject(new Error('no broker')))
      mail.delayOnCommit('a1')
      return 'value'
    })
    const error = await rejection(done)
    expect(error).toBeInstanceOf(OnCommitError)
    expect(error).toMatchObject({ code: 'ON_COMMIT', errors: [{ message: 'no broker' }] })
    expect(error.message).toMatch(/the transaction has committed, but 1 of what was to follow failed: no broker/)
    expect(await sent()).toEqual(['a1'])
  })

  it('does not count what follows a commit to the transaction that is over', async () => {
    const { app, mail, sent } = withTask()
    await atomic(async () => {
      onCommit(async () => {
        mail.delayOnCommit('from the callback')
        await Promise.resolve()
      })
    })
    await app.services.publisher.flush()
    expect(await sent()).toEqual(['from the callback'])
  })
})
