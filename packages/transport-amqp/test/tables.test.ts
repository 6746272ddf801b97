import { describe, expect, it } from '@jest/globals'
import { readTable } from '../src/tables/read.js'
import { writeTable } from '../src/tables/write.js'

describe('header tables', () => {
  it('writes every number with a tag that py-amqp reads as it was meant', () => {
    expect(
      writeTable({ small: -1, short: 300, int: -70_000, ts: 1_700_000_000_000, low: -(2 ** 40), part: 0.5 })
    ).toEqual({
      small: { '!': 'int32', value: -1 },
      short: { '!': 'int32', value: 300 },
      int: { '!': 'int32', value: -70_000 },
      ts: { '!': 'int64', value: 1_700_000_000_000 },
      low: { '!': 'double', value: -(2 ** 40) },
      part: { '!': 'double', value: 0.5 }
    })
  })

  it('takes an object with a name ! for an object', () => {
    expect(writeTable({ odd: { '!': 'int32' } })).toEqual({ odd: { '!': 'object', value: { '!': 'int32' } } })
  })

  it('refuses an integer that no tag carries', () => {
    expect(() => writeTable({ big: 2n ** 63n })).toThrow('headers.big')
  })

  it('reads the tag L, exactly', () => {
    const ts = Buffer.concat([Buffer.from('\u0002tsL', 'latin1'), Buffer.alloc(8)])
    ts.writeBigInt64BE(1_700_000_000_000n, 4)
    expect(readTable(ts)).toEqual({ ts: 1_700_000_000_000 })
    ts.writeBigInt64BE(2n ** 62n, 4)
    expect(readTable(ts)).toEqual({ ts: 2n ** 62n })
  })

  it('says which tag it does not know', () => {
    expect(() => readTable(Buffer.from('\u0001aZ', 'latin1'))).toThrow('"Z"')
  })
})
