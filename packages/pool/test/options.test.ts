import { describe, expect, it } from '@jest/globals'
import { createPool, type PoolOptions } from '@umbel/pool'

const good: PoolOptions = {
  kind: 'threads',
  entry: 'file:///entry.js',
  data: null,
  slots: 2,
  executors: 2,
  events: {
    accepted: () => undefined,
    finished: () => undefined,
    concluded: () => undefined,
    idle: () => undefined,
    call: () => Promise.resolve(null),
    notify: () => undefined
  }
}

describe('createPool', () => {
  it.each([
    [{ kind: 'thread' }, "'kind': expected one of inline, threads (did you mean 'threads'?), got thread"],
    [{ entry: './entry.js' }, "'entry': expected a file: URL, got ./entry.js"],
    [{ slots: 0 }, "'slots': expected a positive integer, got number: 0"],
    [{ slots: Number.NaN }, "'slots'"],
    [{ executors: 1.5 }, "'executors': expected a positive integer or Infinity, got number: 1.5"]
  ])('refuses %j', (wrong, message) => {
    expect(() => createPool({ ...good, ...wrong } as PoolOptions)).toThrow(message)
  })

  it('does nothing before it is started', () => {
    const pool = createPool(good)
    expect([pool.slots, pool.idle, pool.info().executors]).toEqual([2, 0, []])
    expect(() => pool.run([])).toThrow('not running')
  })
})
