import { describe, expect, it } from './jest.js'
import type { CompletedJoin, ResultBackend } from '../contract.js'
import { bodyOf, isJoin, newId, partOf, resultsOf, type Stage } from './stage.js'

const RUNS = 40

/** One thing that happens to a chord, over one of the connections. */
type Step = (backend: ResultBackend) => Promise<readonly CompletedJoin[]>

/** Whatever the order and whoever the writer, a join is complete exactly once. */
export function describeChordRaces(stage: Stage): void {
  describe('racing parts', () => {
    it('over two connections complete a join exactly once, in any interleaving', async () => {
      const backends = [await stage.open(), await stage.open()]
      for (let seed = 1; seed <= RUNS; seed++) await race(backends, seed)
    })

    it('sent all at once, one by one, complete exactly once', async () => {
      const backends = [await stage.open(), await stage.open(), await stage.open()]
      const groupId = newId()
      await backends[0]?.openChord(groupId, 60, bodyOf())
      const parts = Array.from({ length: 60 }, (_, index) => partOf(groupId, index))
      const outcomes = await Promise.all(backends.flatMap(backend => parts.map(part => backend.storeParts([part]))))
      const joins = outcomes.flat().filter(isJoin)
      expect(joins.map(resultsOf)).toEqual([parts.map((_, index) => index)])
    })
  })
}

/** Parts come one to three times, in rounds of steps at the same time; the chord is opened somewhere among them. */
async function race(backends: readonly ResultBackend[], seed: number): Promise<void> {
  const random = generator(seed)
  const groupId = newId()
  const size = 1 + random(6)
  const parts = Array.from({ length: size }, (_, index) => partOf(groupId, index))
  const steps: Step[] = parts.flatMap(part =>
    Array.from({ length: 1 + random(3) }, () => async (backend: ResultBackend) => {
      return (await backend.storeParts([part])).filter(isJoin)
    })
  )
  steps.push(async backend => backend.openChord(groupId, size, bodyOf()).then(() => []))
  const answered = await runInRounds(shuffle(steps, random), backends, random)
  const [pending, ...more] = (await backends[0]?.pendingJoins(0)) ?? []
  expect({ seed, more }).toEqual({ seed, more: [] })
  expect({ seed, results: resultsOf(pending) }).toEqual({ seed, results: parts.map((_, index) => index) })
  expect({ seed, answered: answered.length <= 1 }).toEqual({ seed, answered: true })
  await backends[1]?.confirmJoins([groupId])
}

async function runInRounds(
  steps: readonly Step[],
  backends: readonly ResultBackend[],
  random: (below: number) => number
) {
  const answered: CompletedJoin[] = []
  for (let start = 0; start < steps.length; ) {
    const round = steps.slice(start, start + 1 + random(4))
    start += round.length
    const outcomes = round.map(step => step(backends[random(backends.length)] as ResultBackend))
    answered.push(...(await Promise.all(outcomes)).flat())
  }
  return answered
}

function shuffle<Item>(items: readonly Item[], random: (below: number) => number): readonly Item[] {
  return items
    .map(item => ({ item, rank: random(2 ** 30) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

/** Even numbers below a bound, the same for the same seed. (mulberry32) */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
