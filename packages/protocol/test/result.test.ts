import { describe, expect, it } from '@jest/globals'
import {
  DecodeError,
  decodeMeta,
  EncodedJson,
  encodeMeta,
  groupTuple,
  isGroupTuple,
  readResultTuple,
  type ResultMeta,
  taskTuple
} from '../src/index.js'
import { thrownBy } from './fixtures.js'

const meta: ResultMeta = {
  task_id: 'x',
  status: 'SUCCESS',
  result: 3,
  traceback: null,
  children: null,
  date_done: null
}

describe('encodeMeta', () => {
  it('writes Celery’s order of keys, task_id last, whatever order came', () => {
    const text = encodeMeta({
      ...meta,
      customer: 'acme',
      stamped_headers: ['customer'],
      queue: 'celery',
      group_id: 'g',
      name: 't'
    })
    expect(text).toBe(
      '{"status": "SUCCESS", "result": 3, "traceback": null, "children": null, "date_done": null, "group_id": "g", ' +
        '"name": "t", "queue": "celery", "stamped_headers": ["customer"], "customer": "acme", "task_id": "x"}'
    )
  })

  it('lets an encoded result through, and names what cannot be written', () => {
    expect(encodeMeta({ ...meta, result: new EncodedJson('{"a":1}') })).toContain('"result": {"a":1},')
    expect(encodeMeta({ ...meta, result: undefined })).toContain('"result": null,')
    expect(() => encodeMeta({ ...meta, result: { rows: [() => 1] } })).toThrow(
      /^result\.rows\[0\] cannot be serialized/
    )
  })
})

describe('decodeMeta', () => {
  it('fills in what old writers leave out', () => {
    expect(decodeMeta('{"status": "SUCCESS", "task_id": "x"}')).toEqual({ ...meta, result: null })
    const tagged =
      '{"status": "S", "task_id": "x", "date_done": {"__type__": "datetime", "__value__": "2026-01-02T03:04:05"}}'
    expect(decodeMeta(tagged).date_done).toBe('2026-01-02T03:04:05+00:00')
  })

  for (const text of [
    '',
    '[]',
    'null',
    '{}',
    '{"status": 5, "task_id": "x"}',
    '{"status": "SUCCESS"}',
    '{"status": "S", "task_id": "x", "traceback": 5}',
    '{"status": "S", "task_id": "x", "children": [5]}'
  ])
    it(`refuses ${text}`, () => {
      expect(thrownBy(() => decodeMeta(text))).toBeInstanceOf(DecodeError)
    })
})

describe('result tuples', () => {
  it('tell tasks from groups, and keep parents', () => {
    const header = groupTuple('gid', [taskTuple('h1'), taskTuple('h2')])
    const body = taskTuple('body', header)
    expect(body).toEqual([
      [
        'body',
        [
          ['gid', null],
          [
            [['h1', null], null],
            [['h2', null], null]
          ]
        ]
      ],
      null
    ])
    expect([isGroupTuple(header), isGroupTuple(body), isGroupTuple(groupTuple('empty', []))]).toEqual([
      true,
      false,
      true
    ])
    expect(readResultTuple(JSON.parse(JSON.stringify(body)))).toEqual(body)
  })

  it('read a bare id for a head', () => {
    expect(readResultTuple(['x', null])).toEqual(taskTuple('x'))
    expect(readResultTuple([['x'], null])).toEqual(taskTuple('x'))
  })

  it('refuse what is none', () => {
    let deep: unknown = null
    for (let level = 0; level < 2000; level++) deep = [['x', deep], null]
    for (const value of [null, 'x', [], [5, null], [['x', 5], null], [['x', null], 5], [['x', null], [5]], deep])
      expect(thrownBy(() => readResultTuple(value))).toBeInstanceOf(DecodeError)
  })
})
