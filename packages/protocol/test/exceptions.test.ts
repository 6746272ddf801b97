import { spawnSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import type { UmbelError } from '@umbel/runtime'
import {
  AlreadyRegistered,
  AlwaysEagerIgnored,
  CeleryError,
  CeleryWarning,
  ChordError,
  dataToError,
  decodeJson,
  DuplicateNodenameWarning,
  EncodeError,
  encodeJson,
  errorRepr,
  errorToData,
  FixupWarning,
  Ignore,
  ImproperlyConfigured,
  IncompleteStream,
  InvalidTaskError,
  JAVASCRIPT_MODULE,
  MaxRetriesExceededError,
  NotConfigured,
  NotRegistered,
  OperationalError,
  QueueNotFound,
  Reject,
  RemoteError,
  Retry,
  SecurityError,
  SecurityWarning,
  SoftTimeLimitExceeded,
  TaskError,
  TaskPredicate,
  TaskRevokedError,
  Terminated,
  TimeLimitExceeded,
  TimeoutError,
  tracebackOf,
  WorkerLostError,
  WorkerShutdown,
  WorkerTerminate
} from '../src/index.js'

/** Over the wire and back. */
function sent(error: unknown): Error {
  return dataToError(decodeJson(encodeJson(errorToData(error))))
}

function expectTravels(error: UmbelError, module: string, type: string): void {
  expect(errorToData(error)).toMatchObject({ exc_module: module, exc_type: type })
  const back = sent(error) as UmbelError
  expect(back).toBeInstanceOf(error.constructor)
  expect([back.message, back.code, errorToData(back)]).toEqual([error.message, error.code, errorToData(error)])
}

describe('Celery’s errors', () => {
  it('[ST-11] callers get TimeoutError, TaskRevokedError, OperationalError, ImproperlyConfigured, SecurityError, QueueNotFound, IncompleteStream', () => {
    expectTravels(new TimeoutError('no answer in 5 s'), 'celery.exceptions', 'TimeoutError')
    expectTravels(new TaskRevokedError('expired'), 'celery.exceptions', 'TaskRevokedError')
    expectTravels(new OperationalError('refused'), 'kombu.exceptions', 'OperationalError')
    expectTravels(new ImproperlyConfigured('no broker'), 'celery.exceptions', 'ImproperlyConfigured')
    expectTravels(new SecurityError('bad signature'), 'celery.exceptions', 'SecurityError')
    expectTravels(new QueueNotFound('lopri'), 'celery.exceptions', 'QueueNotFound')
    expectTravels(new IncompleteStream('cut'), 'celery.exceptions', 'IncompleteStream')
    expect([new TimeoutError('x').recoverable, new OperationalError('x').recoverable]).toEqual([true, true])
  })

  it('[ST-12] tasks throw and get Retry, Ignore, Reject, MaxRetries…, both time limits, (Not|Already)Registered, InvalidTaskError, ChordError', () => {
    const celery = 'celery.exceptions'
    expectTravels(new Retry('later'), celery, 'Retry')
    expectTravels(new Ignore(), celery, 'Ignore')
    expectTravels(new Reject('bad', { requeue: true }), celery, 'Reject')
    expectTravels(new MaxRetriesExceededError("Can't retry t.add[x]"), celery, 'MaxRetriesExceededError')
    expectTravels(new SoftTimeLimitExceeded(), 'billiard.exceptions', 'SoftTimeLimitExceeded')
    expectTravels(new TimeLimitExceeded(5), 'billiard.exceptions', 'TimeLimitExceeded')
    expectTravels(new NotRegistered('t.none'), celery, 'NotRegistered')
    expectTravels(new AlreadyRegistered('t.add'), celery, 'AlreadyRegistered')
    expectTravels(new InvalidTaskError('no id'), celery, 'InvalidTaskError')
    expectTravels(new ChordError("Dependency x raised ValueError('boom')"), celery, 'ChordError')
  })

  it('[ST-14] workers have WorkerLostError, Terminated, WorkerShutdown, WorkerTerminate', () => {
    expectTravels(new WorkerLostError('exit code 9'), 'billiard.exceptions', 'WorkerLostError')
    expectTravels(new Terminated('SIGTERM'), 'billiard.exceptions', 'Terminated')
    expectTravels(new WorkerShutdown(), 'celery.exceptions', 'WorkerShutdown')
    expectTravels(new WorkerTerminate(70), 'celery.exceptions', 'WorkerTerminate')
    expect(new WorkerTerminate(70).exitCode).toBe(70)
  })

  it('[ST-16] warnings AlwaysEagerIgnored, DuplicateNodename, Fixup, NotConfigured, Security go through process.emitWarning', () => {
    const classes = [AlwaysEagerIgnored, DuplicateNodenameWarning, FixupWarning, NotConfigured, SecurityWarning]
    const script = `import * as protocol from ${JSON.stringify(new URL('../src/index.js', import.meta.url).href)}
      for (const name of ${JSON.stringify(classes.map(({ name }) => name))}) process.emitWarning(new protocol[name]('careful'))`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    for (const Warning of classes) {
      expect(stderr).toContain(`[${Warning.code}] ${Warning.name}: careful`)
      expect(new Warning('careful')).toBeInstanceOf(CeleryWarning)
    }
  })

  it('have bases, codes and details', () => {
    expect(new Retry()).toBeInstanceOf(TaskPredicate)
    expect(new ChordError('x')).toBeInstanceOf(TaskError)
    expect(new ChordError('x')).not.toBeInstanceOf(TaskPredicate)
    expect(new OperationalError('x')).toBeInstanceOf(CeleryError)
    expect(new Reject('bad')).toMatchObject({ reason: 'bad', requeue: false, code: 'REJECT', name: 'Reject' })
    expect(new Retry(undefined, { when: 2, cause: new Error('x') })).toMatchObject({ when: 2, isEager: false })
    expect(new Retry(undefined, { when: 2 }).message).toBe('Retry in 2s')
    expect(new Retry(undefined, { when: new Date(0) }).message).toBe('Retry at 1970-01-01T00:00:00.000Z')
    expect(new NotRegistered('t.none').message).toContain('"t.none"')
    expect([new TaskRevokedError().message, new Terminated().args]).toEqual(['revoked', []])
  })
})

describe('JavaScript’s errors', () => {
  it('known ones are Python’s built-ins, and come back as themselves', () => {
    const pairs: readonly (readonly [Error, string])[] = [
      [new Error('a'), 'Exception'],
      [new TypeError('b'), 'TypeError'],
      [new RangeError('c'), 'ValueError'],
      [new SyntaxError('d'), 'SyntaxError'],
      [new ReferenceError('e'), 'NameError']
    ]
    for (const [error, type] of pairs) {
      expect(errorToData(error)).toEqual({ exc_type: type, exc_message: [error.message], exc_module: 'builtins' })
      expect([sent(error).name, sent(error).message]).toEqual([error.name, error.message])
    }
  })

  it('others get a module that Python has not imported (trap 63), and come back as RemoteError', () => {
    class PaymentError extends Error {}
    const named = Object.assign(new Error('x'), { name: 'CardError' })
    expect(errorToData(new PaymentError('declined'))).toEqual({
      exc_type: 'PaymentError',
      exc_message: ['declined'],
      exc_module: JAVASCRIPT_MODULE
    })
    expect(errorToData(named).exc_type).toBe('CardError')
    expect(errorToData(new DOMException('stop', 'AbortError')).exc_type).toBe('AbortError')
    expect(errorToData(new EncodeError('args', 'no'))).toMatchObject({
      exc_module: 'kombu.exceptions',
      exc_type: 'EncodeError'
    })
    expect(sent(new PaymentError('declined'))).toMatchObject({
      name: 'PaymentError',
      excType: 'PaymentError',
      message: 'declined'
    })
  })

  it('[T-46] what cannot be serialized is stored as type, message and module all the same', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const error = new MaxRetriesExceededError('x', { args: ['x', circle, () => 1, 2 ** 60, undefined] })
    expect(errorToData(error)).toEqual({
      exc_type: 'MaxRetriesExceededError',
      exc_message: ['x', "{'self': <Recursion on dict>}", '<function anonymous>', '1152921504606846976', null],
      exc_module: 'celery.exceptions'
    })
    expect(encodeJson(errorToData(error))).toContain('"exc_type"')
  })

  it('survives errors whose message, name, stack or toString throw, and what is no error', () => {
    const boom = () => {
      throw new Error('inner')
    }
    const hostile = new Error('x')
    for (const key of ['stack', 'message', 'name', 'constructor', 'cause', 'toString'])
      Object.defineProperty(hostile, key, { get: boom })
    const proxy = new Proxy(new Error('p'), { get: boom })
    for (const thrown of [
      hostile,
      proxy,
      { toString: boom },
      undefined,
      null,
      5,
      'text',
      Symbol('s'),
      [1],
      Object.create(null)
    ]) {
      const data = errorToData(thrown)
      expect(typeof data.exc_type).toBe('string')
      expect(typeof encodeJson(data)).toBe('string')
      expect(typeof errorRepr(thrown)).toBe('string')
      expect(typeof tracebackOf(thrown)).toBe('string')
    }
    expect(errorToData('text')).toEqual({
      exc_type: 'NonErrorThrown',
      exc_message: ['text'],
      exc_module: JAVASCRIPT_MODULE
    })
  })
})

describe('stored exceptions', () => {
  it('unknown classes become RemoteError and go on unchanged', () => {
    const data = { exc_type: 'Outer.Inner', exc_message: ['a', 1], exc_module: 'proj.errors' }
    const error = dataToError(data, 'Traceback (most recent call last):\n  …')
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({
      name: 'Outer.Inner',
      message: "('a', 1)",
      excModule: 'proj.errors',
      excMessage: ['a', 1]
    })
    expect(errorToData(error)).toEqual(data)
    expect(errorRepr(error)).toBe("Inner('a', 1)")
    expect(tracebackOf(error)).toContain('Traceback (most recent call last):\n  …')
  })

  it('a KeyError’s message is quoted, as Python’s is', () => {
    expect(dataToError({ exc_type: 'KeyError', exc_message: ['k'], exc_module: 'builtins' }).message).toBe("'k'")
  })

  it('never throws for data that is none', () => {
    for (const data of [
      null,
      undefined,
      'text',
      5,
      [],
      {},
      { exc_type: 5 },
      { exc_type: 'X' },
      { exc_type: 'X', exc_message: 'm' }
    ])
      expect(dataToError(data)).toBeInstanceOf(RemoteError)
    expect(dataToError('text').message).toBe('a failure without exception data: "text"')
    expect(dataToError({ exc_type: 'X', exc_message: 'm', exc_module: null }).message).toBe('m')
  })

  it('arguments of the wrong type do not matter', () => {
    for (const exc_type of [
      'NotRegistered',
      'Retry',
      'Reject',
      'TaskRevokedError',
      'Ignore',
      'WorkerShutdown',
      'ChordError'
    ])
      for (const exc_message of [[], [null], [{}], [[1]], [5, 'x']])
        expect(typeof dataToError({ exc_type, exc_message, exc_module: 'celery.exceptions' }).message).toBe('string')
  })

  it('a class name alone is not enough: the module counts', () => {
    expect(dataToError({ exc_type: 'Retry', exc_message: [], exc_module: 'mine' })).toBeInstanceOf(RemoteError)
    expect(dataToError({ exc_type: 'system', exc_message: ['rm'], exc_module: 'os' })).toBeInstanceOf(RemoteError)
  })
})

describe('tracebackOf', () => {
  it('shows the stack and those of the causes, and ends at circles', () => {
    const inner = new TypeError('inner')
    const outer = new Error('outer', { cause: inner })
    expect(tracebackOf(outer)).toMatch(/^Error: outer\n {4}at [\s\S]*\n\nCaused by: TypeError: inner\n/)
    Object.assign(inner, { cause: outer })
    expect(tracebackOf(outer).match(/Caused by/g)).toHaveLength(1)
  })

  it('says name and message where there is no stack', () => {
    expect(tracebackOf(Object.assign(new Error('x'), { stack: undefined }))).toBe('Error: x')
    expect(tracebackOf('text')).toBe('text')
  })
})
