import { spawnSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { CHANNELS, createFailpoint, instrument, type Logger, silentLogger, suggest } from '@umbel/runtime'

describe('suggest', () => {
  const known = ['broker_url', 'result_backend', 'task_acks_late', 'timezone', 'beat']

  it.each([
    ['broker_urll', 'broker_url'],
    ['borker_url', 'broker_url'],
    ['BROKER_URL', 'broker_url'],
    ['resultbackend', 'result_backend'],
    ['timezoen', 'timezone'],
    ['baet', 'beat']
  ])('takes %s for %s', (misspelt, meant) => {
    expect(suggest(misspelt, known)).toBe(meant)
  })

  it('suggests nothing when nothing is near', () => {
    expect(suggest('concurrency', known)).toBeUndefined()
    expect(suggest('', known)).toBeUndefined()
    expect(suggest('x', [])).toBeUndefined()
  })
})

describe('createFailpoint', () => {
  it('kills at the named seam only, at the first passage', () => {
    let kills = 0
    const failpoint = createFailpoint({ setting: 'mid-task', kill: () => kills++ })
    failpoint('before-ack')
    expect(kills).toBe(0)
    failpoint('mid-task')
    failpoint('mid-task')
    expect(kills).toBe(1)
  })

  it('kills at the n-th passage', () => {
    const kills: number[] = []
    let passage = 0
    const failpoint = createFailpoint({ setting: 'publish:3', kill: () => kills.push(passage) })
    for (passage = 1; passage < 6; passage++) failpoint('publish')
    expect(kills).toEqual([3])
  })

  it('is the same empty function whenever nothing is set', () => {
    expect(createFailpoint({ setting: undefined })).toBe(createFailpoint({ setting: '' }))
  })

  it('refuses a count that is none', () => {
    expect(() => createFailpoint({ setting: 'x:zero' })).toThrow("expected 'name' or 'name:n'")
    expect(() => createFailpoint({ setting: 'x:0' })).toThrow(RangeError)
  })

  it.each(['', 'in a thread'])('really kills the process that the environment names %s', where => {
    const url = new URL('../src/index.js', import.meta.url).href
    const body = `const { failpoint } = await import('${url}'); failpoint('other'); failpoint('here'); console.log('alive')`
    const script =
      where === ''
        ? body
        : `new (await import('node:worker_threads')).Worker(${JSON.stringify(`(async () => {${body}})()`)}, { eval: true })`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, UMBEL_FAILPOINT: 'here' },
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url))
    })
    expect(child.signal).toBe('SIGKILL')
    expect(child.stdout).toBe('')
  })
})

describe('instrument', () => {
  it('computes nothing without a subscriber', () => {
    instrument('umbel.task.sent', () => {
      throw new Error('computed')
    })
  })

  it('hands the payload to subscribers', () => {
    const seen: unknown[] = []
    const listener = (payload: unknown): void => void seen.push(payload)
    subscribe('umbel.task.sent', listener)
    instrument('umbel.task.sent', () => ({ id: '1' }))
    unsubscribe('umbel.task.sent', listener)
    instrument('umbel.task.sent', () => ({ id: '2' }))
    expect(seen).toEqual([{ id: '1' }])
  })

  it('has each channel once', () => {
    expect(new Set(CHANNELS).size).toBe(CHANNELS.length)
  })
})

describe('silentLogger', () => {
  it('takes every level and says nothing', () => {
    const logger: Logger = silentLogger
    for (const level of ['debug', 'info', 'warn', 'error', 'critical'] as const)
      expect(logger[level]('x', { id: 1 })).toBeUndefined()
  })
})
