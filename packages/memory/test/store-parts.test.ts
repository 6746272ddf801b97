import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Deque } from '../src/store-deque.js'
import { Heap } from '../src/store-heap.js'

describe('Deque', () => {
  it('behaves as an array does', () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat() }),
      fc.record({ unshift: fc.nat() }),
      fc.constant('shift' as const)
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const [deque, array] = [new Deque<number>(), [] as number[]]
        for (const next of steps) {
          if (next === 'shift') expect(deque.shift()).toBe(array.shift())
          else if ('push' in next) {
            deque.push(next.push)
            array.push(next.push)
          } else {
            deque.unshift(next.unshift)
            array.unshift(next.unshift)
          }
          expect([deque.size, deque.first()]).toEqual([array.length, array[0]])
        }
        expect(deque.clear()).toEqual(array)
        expect(deque.size).toBe(0)
      })
    )
  })
})

describe('Heap', () => {
  it('gives back in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), numbers => {
        const heap = new Heap<number>((a, b) => a < b)
        for (const number of numbers) heap.push(number)
        const sorted = numbers.map(() => heap.pop())
        expect(sorted).toEqual([...numbers].sort((a, b) => a - b))
        expect(heap.pop()).toBeUndefined()
      })
    )
  })
})
