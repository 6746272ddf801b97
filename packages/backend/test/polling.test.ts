import { afterEach, describe, expect, it } from '@jest/globals'
import { type PollingOptions, type PollingWatch, successMeta, watchByPolling } from '@umbel/backend'
import type { ResultMeta } from '@umbel/protocol'
import { FakeClock } from '@umbel/runtime/conformance'

const watches: PollingWatch[] = []
afterEach(async () => {
  await Promise.all(watches.splice(0).map(watch => watch.close()))
})

describe('watchByPolling', () => {
  it('looks at once and tells what is final already', async () => {
    const table = new Table('a')
    await table.watch(['a', 'b'])
    expect(table.told).toEqual([['a']])
  })

  it('polls every interval, give or take a quarter, and asks only for what is still open', async () => {
    const table = new Table('a')
    await table.watch(['a', 'b'], { interval: 2, random: () => 0 })
    await table.clock.advance(1499)
    expect(table.loads).toEqual([['a', 'b']])
    await table.clock.advance(1)
    expect(table.loads).toEqual([['a', 'b'], ['b']])
    table.finish('b')
    await table.clock.advance(1500)
    expect(table.told).toEqual([['a'], ['b']])
  })

  it('jitters up to a quarter later', async () => {
    const table = new Table()
    await table.watch(['a'], { interval: 2, random: () => 0.999 })
    await table.clock.advance(2490)
    expect(table.loads).toHaveLength(1)
    await table.clock.advance(10)
    expect(table.loads).toHaveLength(2)
  })

  it('loads in batches and tells each id once', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => String(index))
    const table = new Table(...ids)
    await table.watch([...ids, ...ids], { limit: 10 })
    expect(table.loads.map(load => load.length)).toEqual([10, 10, 5])
    expect(table.told.flat()).toEqual(ids)
    expect(table.clock.timers).toBe(0)
  })

  it('sets no timer while nothing is watched', async () => {
    const table = new Table()
    const watch = await table.watch([])
    expect([table.loads, table.clock.timers]).toEqual([[], 0])
    await watch.add(['a'])
    expect(table.clock.timers).toBe(1)
    watch.remove(['a'])
    expect(table.clock.timers).toBe(0)
  })

  it('tells added ids, at once where they are final, and none that were removed', async () => {
    const table = new Table('a')
    const watch = await table.watch(['gone'])
    await watch.add(['a', 'b'])
    watch.remove(['gone'])
    table.finish('gone')
    table.finish('b')
    await table.clock.advance(1000)
    expect(table.told).toEqual([['a'], ['b']])
  })

  it('does not tell an id that is removed while it is loaded', async () => {
    const table = new Table('a')
    const open = table.hold()
    const watching = table.watch(['b'])
    open()
    const watch = await watching
    const release = table.hold()
    const adding = watch.add(['a'])
    watch.remove(['a'])
    release()
    await adding
    expect(table.told).toEqual([])
  })

  it('looks at once when it is poked, again when it is poked meanwhile, and never twice at a time', async () => {
    const table = new Table()
    const watch = await table.watch(['a'])
    const release = table.hold()
    watch.poke()
    watch.poke()
    watch.poke()
    expect(table.loads).toHaveLength(2)
    table.finish('a')
    release()
    await table.clock.advance(0)
    expect(table.told).toEqual([['a']])
    expect(table.loads).toHaveLength(2)
    watch.poke()
    expect(table.loads).toHaveLength(2)
  })

  it('goes on after errors, later and later, and tells of them', async () => {
    const errors: string[] = []
    const table = new Table()
    await table.watch(['a'], { interval: 1, random: () => 0.5, onError: error => errors.push(error.message) })
    table.failing = true
    await table.clock.advance(1000 + 2000 + 4000)
    expect([table.loads.length, errors.length]).toEqual([4, 3])
    table.failing = false
    table.finish('a')
    await table.clock.advance(8000)
    expect(table.told).toEqual([['a']])
    expect(errors).toEqual(['the store is away', 'the store is away', 'the store is away'])
  })

  it('rejects when the first look fails, and an add that fails watches nothing', async () => {
    const table = new Table()
    table.failing = true
    await expect(table.watch(['a'])).rejects.toThrow('the store is away')
    expect(table.clock.timers).toBe(0)
    table.failing = false
    const watch = await table.watch(['a'])
    table.failing = true
    await expect(watch.add(['b'])).rejects.toThrow('the store is away')
    table.failing = false
    await table.clock.advance(1000)
    expect(table.loads.at(-1)).toEqual(['a'])
  })

  it('is silent once closed, also when a load was under way, and leaves no timer', async () => {
    const table = new Table()
    const watch = await table.watch(['a'])
    const release = table.hold()
    watch.poke()
    table.finish('a')
    const closing = watch.close()
    release()
    await closing
    await watch.close()
    expect([table.told, table.clock.timers]).toEqual([[], 0])
    await expect(watch.add(['b'])).rejects.toThrow('closed')
  })
})

/** A store of final results whose loads are recorded, held back and made to fail. */
class Table {
  readonly clock = new FakeClock()
  readonly loads: (readonly string[])[] = []
  readonly told: (readonly string[])[] = []
  failing = false
  readonly #final = new Map<string, ResultMeta>()
  #gate: Promise<void> = Promise.resolve()

  constructor(...final: readonly string[]) {
    for (const id of final) this.finish(id)
  }

  finish(id: string): void {
    this.#final.set(id, successMeta({ taskId: id, now: 0 }, id))
  }

  /** Loads wait until the answer is called. */
  hold(): () => void {
    let release = (): void => undefined
    this.#gate = new Promise(resolve => {
      release = resolve
    })
    return release
  }

  async watch(ids: readonly string[], options: Partial<PollingOptions> = {}): Promise<PollingWatch> {
    const sink = (batch: readonly ResultMeta[]): void => void this.told.push(batch.map(meta => meta.task_id))
    const watch = await watchByPolling(slice => this.#load(slice), { ids, sink, clock: this.clock, ...options })
    watches.push(watch)
    return watch
  }

  async #load(ids: readonly string[]): Promise<readonly (ResultMeta | undefined)[]> {
    this.loads.push(ids)
    await this.#gate
    if (this.failing) throw new Error('the store is away')
    return ids.map(id => this.#final.get(id))
  }
}
