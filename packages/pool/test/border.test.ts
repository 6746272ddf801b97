import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { describe, expect, it } from '@jest/globals'
import { restoreError, toPlainError } from '@umbel/pool'
import { createJob } from '@umbel/pool/conformance'
import fc from 'fast-check'
import { buffersOf, packBodies, unpackBodies } from '../src/bodies.js'
import { Border, type Port, readLane } from '../src/border.js'

describe('packBodies', () => {
  it('brings any bodies through a structured clone, and leaves the originals as they were', () => {
    const bodies = fc.array(fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constant(new Uint8Array(40_000).fill(7))))
    fc.assert(
      fc.property(bodies, parts => {
        const originals = parts.map(part => Buffer.from(part).toString('latin1'))
        const jobs = parts.map((body, index) => {
          const job = createJob(String(index), { index })
          return { ...job, message: { ...job.message, body } }
        })
        const packed = packBodies(jobs)
        const cloned = structuredClone(packed, { transfer: [...buffersOf(packed)] })
        const arrived = unpackBodies(cloned)
        expect(arrived.map(({ key }) => key)).toEqual(jobs.map(({ key }) => key))
        expect(arrived.map(({ message }) => Buffer.from(message.body).toString('latin1'))).toEqual(originals)
        expect(parts.map(part => Buffer.from(part).toString('latin1'))).toEqual(originals)
      })
    )
  })

  it('does not send the rest of the buffer that a body is a view of', () => {
    const pool = Buffer.alloc(100_000, 'secret')
    const job = createJob('a', {})
    const packed = packBodies([{ ...job, message: { ...job.message, body: pool.subarray(10, 20) } }])
    expect(buffersOf(packed).map(buffer => buffer.byteLength)).toEqual([10])
  })
})

interface TestLanes {
  readonly numbers: readonly number[]
  readonly values: readonly unknown[]
}

function createBorder(): { readonly border: Border<TestLanes>; read(): unknown; close(): void } {
  const { port1, port2 } = new MessageChannel()
  const border = new Border<TestLanes>(port1 as Port, {
    numbers: item => item,
    values: (_item, error) => (error.message.includes('keep') ? `replaced: ${error.name}` : undefined)
  })
  return { border, read: () => receiveMessageOnPort(port2)?.message, close: () => port1.close() }
}

describe('Border', () => {
  it('sends what came in one turn as one message, and nothing when nothing came', async () => {
    const { border, read, close } = createBorder()
    border.send('numbers', 1, 2)
    border.send('values', 'x')
    border.send('numbers', 3)
    expect(read()).toBeUndefined()
    await new Promise(resolve => setImmediate(resolve))
    const frame = read()
    expect(readLane<TestLanes, 'numbers'>(frame, 'numbers')).toEqual([1, 2, 3])
    expect(readLane<TestLanes, 'values'>(frame, 'values')).toEqual(['x'])
    border.flush()
    expect(read()).toBeUndefined()
    close()
  })

  it('replaces or drops what cannot be cloned, and nothing else', () => {
    const { border, read, close } = createBorder()
    function keep(): void {}
    border.send('values', 1, keep, () => undefined, 2)
    border.send('numbers', 3)
    border.flush()
    const frame = read()
    expect(readLane<TestLanes, 'values'>(frame, 'values')).toEqual([1, 'replaced: DataCloneError', 2])
    expect(readLane<TestLanes, 'numbers'>(frame, 'numbers')).toEqual([3])
    expect(readLane<TestLanes, 'numbers'>({}, 'numbers')).toEqual([])
    close()
  })
})

describe('toPlainError and restoreError', () => {
  it('keep name, message, stack, code and the chain of causes through a clone', () => {
    const cause = Object.assign(new RangeError('deep'), { code: 'EDEEP' })
    const error = Object.assign(new TypeError('high', { cause }), { recoverable: true })
    const restored = restoreError(structuredClone(toPlainError(error)))
    expect(restored).toMatchObject({ name: 'TypeError', message: 'high', stack: error.stack, recoverable: true })
    expect(restored.cause).toMatchObject({ name: 'RangeError', message: 'deep', code: 'EDEEP' })
  })

  it('survive whatever is thrown', () => {
    const looped = new Error('looped')
    looped.cause = looped
    const hostile = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no')
      }
    })
    for (const thrown of [looped, hostile, null, undefined, Symbol('s'), Object.create(null), 7])
      expect(restoreError(structuredClone(toPlainError(thrown)))).toHaveProperty('name')
  })
})
