import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { describe as describeValue, NonErrorThrown, toError, UmbelError } from '@umbel/runtime'

class SoupError extends UmbelError {
  static override readonly code: string = 'SOUP'
}

class ColdSoupError extends SoupError {
  static override readonly code = 'COLD_SOUP'
}

describe('UmbelError', () => {
  it('has the name and code of its class, a cause and whether it may be repeated', () => {
    const cause = new Error('fridge')
    const error = new ColdSoupError('too cold', { cause, recoverable: true })
    expect(error).toMatchObject({ name: 'ColdSoupError', code: 'COLD_SOUP', message: 'too cold', recoverable: true })
    expect(error.cause).toBe(cause)
    expect(new SoupError('x').recoverable).toBe(false)
    expect('cause' in new SoupError('x')).toBe(false)
  })

  it('is recognised by code, not by identity, so that two copies of a package agree', () => {
    class OtherCopy extends UmbelError {
      static override readonly code = 'SOUP'
    }
    const error = new ColdSoupError('x')
    expect(error instanceof ColdSoupError).toBe(true)
    expect(error instanceof SoupError).toBe(true)
    expect(error instanceof OtherCopy).toBe(true)
    expect(error instanceof UmbelError).toBe(true)
    expect(error instanceof Error).toBe(true)
    expect(new SoupError('x') instanceof ColdSoupError).toBe(false)
  })

  it('does not take anything else for one of its own', () => {
    for (const value of [undefined, null, 'SOUP', 7, {}, new Error('x'), { code: 'SOUP' }, () => 'SOUP'])
      expect(value instanceof SoupError).toBe(false)
  })
})

describe('toError', () => {
  it('hands errors back as they are', () => {
    const error = new RangeError('x')
    expect(toError(error)).toBe(error)
    const aborted = AbortSignal.abort().reason as Error
    expect(toError(aborted)).toBe(aborted)
  })

  it('knows an error of another realm, native or not', () => {
    const foreign = runInNewContext(
      '[new TypeError("x"), Object.create(RangeError.prototype, { message: { value: "y" } })]'
    )
    for (const error of foreign as readonly Error[]) expect(toError(error)).toBe(error)
    expect(toError({ name: 'Error', message: 'x', stack: '' })).toBeInstanceOf(NonErrorThrown)
  })

  it('wraps what is not an error and keeps it as the cause', () => {
    const error = toError('plain')
    expect(error instanceof NonErrorThrown).toBe(true)
    expect(error.message).toBe('plain')
    expect(error.cause).toBe('plain')
  })

  it('survives values that refuse to be looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const shy = {
      toString(): string {
        throw new Error('no')
      }
    }
    for (const value of [proxy, shy, Object.create(null), Symbol('s'), undefined, null, 0n])
      expect(toError(value) instanceof NonErrorThrown).toBe(true)
    expect(describeValue(shy)).toBe('object that cannot be shown')
    expect(describeValue(7)).toBe('number: 7')
  })
})
