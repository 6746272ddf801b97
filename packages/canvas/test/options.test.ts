import { describe, expect, it } from '@jest/globals'
import { OPTION_NAMES, signature, toWireOptions } from '@umbel/canvas'

describe('options', () => {
  it('are written in wire spelling; what is not given is left out', () => {
    expect(toWireOptions({ routingKey: 'k', softTimeLimit: 3, timeLimit: undefined, ignoreResult: false })).toEqual({
      routing_key: 'k',
      soft_time_limit: 3,
      ignore_result: false
    })
    for (const [name, wire] of Object.entries(OPTION_NAMES))
      expect(wire).toBe(name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`))
  })

  it('keep stamps and names that are none of ours', () => {
    expect(toWireOptions({ trace: 'a', exchange_type: 'direct', toString: 1 })).toEqual({
      trace: 'a',
      exchange_type: 'direct',
      toString: 1
    })
  })

  it('take times of Date, luxon and ISO', () => {
    const eta = new Date(0)
    const dateTime = { toISO: () => '2026-01-02T03:04:05.678+02:00', toJSDate: () => eta }
    expect(toWireOptions({ eta, expires: { toMillis: () => 1500 }, countdown: { toMillis: () => 250 } })).toEqual({
      eta,
      expires: 1.5,
      countdown: 0.25
    })
    expect(toWireOptions({ eta: dateTime, expires: dateTime })).toEqual({
      eta: '2026-01-02T03:04:05.678+02:00',
      expires: '2026-01-02T03:04:05.678+02:00'
    })
    expect(toWireOptions({ eta: '2026-01-02' })).toEqual({ eta: '2026-01-02' })
  })

  it('take signatures as links', () => {
    const callback = signature('t.done')
    expect(toWireOptions({ link: callback, linkError: [callback, callback.data], chord: callback })).toEqual({
      link: [callback.data],
      link_error: [callback.data, callback.data],
      chord: callback.data
    })
  })
})

describe('keywords', () => {
  const text = 'x' as never
  const none = null as never

  it('that are null are none: a Python worker would drop a message without them', () => {
    const made = signature('t.add', [1], { kwargs: none })
    for (const each of [made, made.clone([], none), made.replace(undefined, none)])
      expect(each.data).toMatchObject({ args: [1], kwargs: {} })
  })

  it('that are no mapping are refused where they are written', async () => {
    const refusal = /option 'kwargs': expected an object of names and values, got "x"/
    const made = signature('t.add')
    expect(() => signature('t.add', [], { kwargs: text })).toThrow(refusal)
    expect(() => made.clone([], text)).toThrow(refusal)
    expect(() => made.replace([], text)).toThrow(refusal)
    expect(() => made.applyAsync([], { kwargs: text })).toThrow(refusal)
    await expect(made.apply([], { kwargs: text })).rejects.toThrow(refusal)
  })
})
