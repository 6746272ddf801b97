import { describe, expect, it } from '@jest/globals'
import { joinProgress, orderParts } from '@umbel/backend'
import fc from 'fast-check'

describe('joinProgress', () => {
  it.each([
    [{ size: undefined, grown: 0, arrived: 0 }, 'waiting', undefined],
    [{ size: undefined, grown: 2, arrived: 5 }, 'waiting', undefined],
    [{ size: 2, grown: 0, arrived: 0 }, 'gathering', 2],
    [{ size: 2, grown: 0, arrived: 1 }, 'gathering', 1],
    [{ size: 2, grown: 0, arrived: 2 }, 'completing', 0],
    [{ size: 2, grown: 1, arrived: 2 }, 'gathering', 1],
    [{ size: 2, grown: 1, arrived: 3 }, 'completing', 0],
    [{ size: 2, grown: 0, arrived: 9 }, 'completing', 0],
    [{ size: 0, grown: 0, arrived: 0 }, 'completing', 0],
    [{ size: 0, grown: 1, arrived: 0 }, 'gathering', 1],
    [{ size: 2, grown: 0, arrived: 2, completed: true }, 'complete', 0],
    [{ size: 2, grown: 5, arrived: 2, completed: true }, 'complete', 0]
  ])('of %j is %s with %s missing', (counts, phase, missing) => {
    expect(joinProgress(counts)).toMatchObject({ phase, missing })
  })

  it('says how many parts are expected, growth included', () => {
    expect(joinProgress({ size: 3, grown: 2, arrived: 0 }).expected).toBe(5)
    expect(joinProgress({ size: undefined, grown: 2, arrived: 0 }).expected).toBeUndefined()
  })

  it('completes in exactly one step, wherever the opening falls among the parts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 12 }), (size, extra) => {
        for (let opening = 0; opening <= size + extra; opening++) {
          let completed = false
          let steps = 0
          for (let arrived = 0; arrived <= size + extra; arrived++) {
            const counts = { size: arrived >= opening ? size : undefined, grown: 0, arrived, completed }
            if (joinProgress(counts).phase !== 'completing') continue
            completed = true
            steps++
          }
          expect(steps).toBe(1)
        }
      })
    )
  })
})

describe('orderParts', () => {
  it('sorts by index, parts without one last, equals as they came', () => {
    const parts = [null, 2, 10, null, 2, 0].map((index, arrival) => ({ index, arrival }))
    expect(orderParts(parts).map(part => part.arrival)).toEqual([5, 1, 4, 2, 0, 3])
  })

  it('keeps every part and leaves the list it was given alone', () => {
    const index = fc.option(fc.nat(20), { nil: null })
    fc.assert(
      fc.property(fc.array(index), indexes => {
        const parts = Object.freeze(indexes.map(each => ({ index: each })))
        const ordered = orderParts(parts)
        expect(new Set(ordered)).toEqual(new Set(parts))
        expect(ordered).toHaveLength(parts.length)
      })
    )
  })
})
