import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type ChordPart, type CompletedJoin, type ResultBackend, successMeta } from '@umbel/backend'
import { redisBackend } from '@umbel/backend-redis'
import type { SignatureData } from '@umbel/protocol'
import { type FreshStore, freshStore } from './fresh-store.js'

const body: SignatureData = { task: 't', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }
const GROUP = 'celery-taskset-meta-chord'

describe('parts of a chord', () => {
  let store: FreshStore
  const backends: ResultBackend[] = []

  beforeEach(async () => {
    store = await freshStore()
  })

  afterEach(async () => {
    for (const backend of backends.splice(0)) await backend.close()
    await store.teardown()
  })

  async function connect(options: Readonly<Record<string, unknown>> = {}): Promise<ResultBackend> {
    const backend = await redisBackend().connect(store.url, { transportOptions: { ...store.options, ...options } })
    backends.push(backend)
    return backend
  }

  function part(index: number): ChordPart {
    return { groupId: 'chord', index, meta: successMeta({ taskId: `part-${index}`, now: 0, children: [] }, index) }
  }

  /** One by one, the last of the header first; answers the values of the join. */
  async function storeBackwards(counting: readonly ResultBackend[]): Promise<readonly unknown[]> {
    const joins: CompletedJoin[] = []
    await counting[0]?.openChord('chord', 12, body)
    for (const [turn, index] of Array.from({ length: 12 }, (_each, at) => 11 - at).entries()) {
      const answers = await counting[turn % counting.length]?.storeParts([part(index)])
      joins.push(...(answers ?? []).filter((join): join is CompletedJoin => join !== undefined && 'parts' in join))
    }
    expect(joins).toHaveLength(1)
    return joins[0]?.parts.map(({ result }) => result) ?? []
  }

  const forwards = Array.from({ length: 12 }, (_each, index) => index)

  it('[K-36][CF-71] are joined in the order of the header by default, a sorted set', async () => {
    const backend = await connect()
    await backend.storeParts([part(5)])
    expect(await store.client.type(`${store.options['globalKeyprefix']}${GROUP}.j`)).toBe('zset')
    expect(await storeBackwards([backend])).toEqual(forwards)
  })

  it('[K-36][CF-71] are joined as they came where result_chord_ordered is false, a list as Celery keeps it', async () => {
    const backend = await connect({ result_chord_ordered: false })
    await backend.openChord('other', 2, body)
    await backend.storeParts([
      { ...part(3), groupId: 'other' },
      { ...part(3), groupId: 'other' }
    ])
    const key = `${String(store.options['globalKeyprefix'])}${GROUP.replace('chord', 'other')}.j`
    expect(await store.client.lrange(key, 0, -1)).toEqual(['[1, "part-3", "SUCCESS", 3]'])
    expect(await storeBackwards([backend])).toEqual(forwards.toReversed())
  })

  it('[RB-10] are counted, in order or in lists, together where one process wants the order and another does not, as the first began', async () => {
    const [ordered, unordered] = [await connect(), await connect({ resultChordOrdered: false })]
    expect(await storeBackwards([unordered, ordered])).toEqual(forwards.toReversed())
    await store.client.del(...(await store.client.keys(`${String(store.options['globalKeyprefix'])}*`)))
    expect(await storeBackwards([ordered, unordered])).toEqual(forwards)
  })

  it('[RB-10][K-35] are counted in the server, natively: neither a task that polls nor a second look is needed', async () => {
    const backend = await connect()
    expect(backend.capabilities).toMatchObject({ joins: true })
    expect(await storeBackwards([backend, await connect()])).toEqual(forwards)
    const keys = await store.client.keys(`${String(store.options['globalKeyprefix'])}*chord*`)
    expect(keys.filter(key => /chord\.[jstd]$|chord-unlock/.test(key))).toEqual([])
  })
})
