import { describe, expect, it } from './jest.js'
import { EncodedJson, type TaskState } from '@umbel/protocol'
import { loadOne, metaOf, newId, type Stage, store } from './stage.js'

const STATES: readonly TaskState[] = [
  'RECEIVED',
  'STARTED',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
  'REJECTED',
  'RETRY',
  'PROGRESS'
]

const VALUES: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  zero: 0,
  fraction: -1.5,
  'the largest safe integer': Number.MAX_SAFE_INTEGER,
  'an integer beyond 64 bits': 2n ** 70n,
  'the empty text': '',
  'text beyond the basic plane': 'grüße 你好 😀',
  'control characters': '\u0000\n\u2028"\\',
  'an empty list': [],
  'nested lists and dicts': { list: [1, [2, { three: [] }]], 'a key.with $ signs': {} },
  'the key __proto__': JSON.parse('{"__proto__": {"a": 1}}'),
  'a date': new Date('2026-11-21T02:12:01.755Z'),
  'a megabyte': 'x'.repeat(1 << 20)
}

/** What was stored is loaded, whatever it is. */
export function describeRoundTrip(stage: Stage): void {
  describe('store and load', () => {
    it.each(STATES)('keeps a %s as it was, also for another connection', async status => {
      const [writer, reader] = [await stage.open(), await stage.open()]
      const meta = metaOf(status)
      await store(writer, meta)
      expect(await loadOne(writer, meta.task_id)).toEqual(meta)
      expect(await loadOne(reader, meta.task_id)).toEqual(meta)
    })

    it.each(Object.keys(VALUES))('keeps %s', async name => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS', { value: VALUES[name] })
      await store(backend, meta)
      expect((await loadOne(backend, meta.task_id))?.result).toEqual({ value: VALUES[name] })
    })

    it('keeps traceback, children, group, parent, extended fields and stamps', async () => {
      const backend = await stage.open()
      const fields = {
        name: 'tasks.add',
        args: [1, 2],
        kwargs: { k: 'v' },
        worker: 'umbel@here',
        retries: 3,
        queue: 'q'
      }
      const meta = {
        ...metaOf('FAILURE', undefined, {
          children: [[[newId(), [[newId(), null], null]], [[[newId(), null], null]]]],
          groupId: newId(),
          parentId: newId(),
          extended: { ...fields, stamps: { tenant: 'acme' } }
        }),
        traceback: 'Traceback (most recent call last):\n  …'
      }
      await store(backend, meta)
      expect(await loadOne(backend, meta.task_id)).toEqual(meta)
    })

    it('takes a result that is JSON text already and hands out its value', async () => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS', new EncodedJson('{"a": [1, 2.5, "ä"]}'))
      await store(backend, meta)
      expect((await loadOne(backend, meta.task_id))?.result).toEqual({ a: [1, 2.5, 'ä'] })
    })

    it('hands out copies: what a reader changes is not stored', async () => {
      const backend = await stage.open()
      const given = { list: [1] }
      const meta = metaOf('SUCCESS', given)
      await store(backend, meta)
      given.list.push(2)
      const first = await loadOne(backend, meta.task_id)
      Object.assign(first?.result as object, { list: 'changed' })
      expect((await loadOne(backend, meta.task_id))?.result).toEqual({ list: [1] })
    })

    it('answers undefined for ids nobody stored', async () => {
      const backend = await stage.open()
      expect(await backend.load([newId(), '', "it's; -- odd % _ \u2028 id"])).toEqual([undefined, undefined, undefined])
    })

    it('takes ids of any text', async () => {
      const backend = await stage.open()
      const meta = metaOf('SUCCESS', 1, { taskId: `it's; -- %s _ ":" 你好 ${newId()}` })
      await store(backend, meta)
      expect((await loadOne(backend, meta.task_id))?.task_id).toBe(meta.task_id)
    })
  })
}
