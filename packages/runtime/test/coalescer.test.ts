import { describe, expect, it } from '@jest/globals'
import { Coalescer, createDeferred, MissingOutcomeError } from '@umbel/runtime'

const allWell = async (batch: readonly unknown[]): Promise<readonly undefined[]> => batch.map(() => undefined)

describe('Coalescer', () => {
  it('hands what was added in one turn over together, in order', async () => {
    const batches: (readonly number[])[] = []
    const coalescer = new Coalescer<number>(batch => {
      batches.push(batch)
      return allWell(batch)
    })
    const first = coalescer.add(1)
    coalescer.put(2)
    await Promise.all([first, coalescer.add(3)])
    expect(coalescer.waiting).toBe(0)
    await coalescer.add(4)
    expect(batches).toEqual([[1, 2, 3], [4]])
  })

  it('flushes at once when the limit is reached', async () => {
    const batches: (readonly number[])[] = []
    const coalescer = new Coalescer<number>(
      batch => {
        batches.push(batch)
        return allWell(batch)
      },
      { limit: 2 }
    )
    for (const item of [1, 2, 3]) coalescer.put(item)
    expect(batches).toEqual([[1, 2]])
    expect(coalescer.waiting).toBe(1)
    await coalescer.drain()
    expect(batches).toEqual([[1, 2], [3]])
  })

  it('fails only the bad item', async () => {
    const coalescer = new Coalescer<number>(async batch =>
      batch.map(item => (item < 0 ? new Error('below') : undefined))
    )
    const outcomes = await Promise.allSettled([1, -1, 2].map(item => coalescer.add(item)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('fails every item when flush throws, now or later', async () => {
    const sudden = new Coalescer<number>(() => {
      throw new Error('sudden')
    })
    await expect(sudden.add(1)).rejects.toThrow('sudden')
    const late = new Coalescer<number>(() => Promise.reject(new Error('late')))
    await expect(late.add(1)).rejects.toThrow('late')
  })

  it('does not take a missing outcome for success', async () => {
    const coalescer = new Coalescer<number>(async () => [undefined])
    const [first, second] = [coalescer.add(1), coalescer.add(2)]
    await first
    await expect(second).rejects.toBeInstanceOf(MissingOutcomeError)
  })

  it('reports failures of put to onError', async () => {
    const failed: string[] = []
    const coalescer = new Coalescer<number>(async batch => batch.map(item => new Error(`item ${item}`)), {
      onError: (error, item) => failed.push(`${error.message} (${item})`)
    })
    coalescer.put(1)
    await coalescer.drain()
    expect(failed).toEqual(['item 1 (1)'])
  })

  it('goes on when onError throws', async () => {
    const told: number[] = []
    const coalescer = new Coalescer<number>(async batch => batch.map(() => new Error('bad item')), {
      onError: (_error, item) => {
        told.push(item)
        throw new Error('bad listener')
      }
    })
    coalescer.put(1)
    const neighbour = coalescer.add(2)
    coalescer.put(3)
    await coalescer.drain()
    await expect(neighbour).rejects.toThrow('bad item')
    expect(told).toEqual([1, 3])
  })

  it('never lets a failure that nobody waits for end the process', async () => {
    const surprises: unknown[] = []
    const listener = (reason: unknown): void => void surprises.push(reason)
    process.on('unhandledRejection', listener)
    try {
      const coalescer = new Coalescer<number>(() => Promise.reject(new Error('down')))
      void coalescer.add(1)
      coalescer.put(2)
      await coalescer.drain()
      await new Promise(resolve => setTimeout(resolve, 0))
      await new Promise(resolve => setImmediate(resolve))
    } finally {
      process.off('unhandledRejection', listener)
    }
    expect(surprises).toEqual([])
  })

  it('drains also what is added while it drains, and may be drained twice at a time', async () => {
    const seen: number[] = []
    const coalescer = new Coalescer<number>(async batch => {
      await Promise.resolve()
      seen.push(...batch)
      for (const item of batch) if (item < 5) coalescer.put(item + 1)
      return batch.map(() => undefined)
    })
    coalescer.put(1)
    const nested = coalescer.add(10).then(() => coalescer.drain())
    await Promise.all([coalescer.drain(), coalescer.drain(), nested])
    expect(seen).toEqual([1, 10, 2, 3, 4, 5])
    await coalescer.drain()
  })

  it('waits in drain for a flush under way', async () => {
    const gate = createDeferred<void>()
    const coalescer = new Coalescer<number>(async batch => {
      await gate.promise
      return batch.map(() => undefined)
    })
    coalescer.put(1)
    let drained = false
    const draining = coalescer.drain().then(() => {
      drained = true
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(drained).toBe(false)
    gate.resolve()
    await draining
  })
})
