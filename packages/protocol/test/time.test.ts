import { describe, expect, it } from '@jest/globals'
import { formatTime, InvalidTimeError, parseTime } from '../src/index.js'
import { thrownBy } from './fixtures.js'

describe('formatTime', () => {
  it('writes as Python does: six fraction digits or none, an offset, never Z', () => {
    expect(formatTime(0)).toBe('1970-01-01T00:00:00+00:00')
    expect(formatTime(1)).toBe('1970-01-01T00:00:00.001000+00:00')
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59.999000+00:00')
    expect(formatTime(1.5)).toBe('1970-01-01T00:00:00.001500+00:00')
    expect(formatTime(0.9999)).toBe('1970-01-01T00:00:00.001000+00:00')
  })

  it('writes the wall clock of an offset', () => {
    expect(formatTime(0, { offset: 60 })).toBe('1970-01-01T01:00:00+01:00')
    expect(formatTime(0, { offset: -210 })).toBe('1969-12-31T20:30:00-03:30')
    expect(parseTime(formatTime(123_456, { offset: 345 }))).toBe(123_456)
  })

  it('refuses what Python cannot read', () => {
    for (const time of [NaN, Infinity, Date.parse('0000-12-31T23:59:59Z'), Date.parse('+010000-01-01T00:00:00Z')])
      expect(thrownBy(() => formatTime(time))).toBeInstanceOf(InvalidTimeError)
  })
})

describe('parseTime', () => {
  it('says what came', () => {
    expect(() => parseTime('tomorrow')).toThrow('expected an ISO 8601 time, got "tomorrow"')
    for (const value of [null, undefined, 5, {}])
      expect(thrownBy(() => parseTime(value as unknown as string))).toBeInstanceOf(InvalidTimeError)
  })

  it('takes no time over long nonsense', () => {
    expect(thrownBy(() => parseTime(`2026-11-21T02:13:45.${'9'.repeat(1_000_000)}x`))).toBeInstanceOf(InvalidTimeError)
  })
})
