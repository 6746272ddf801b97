import { describe, expect, it } from '@jest/globals'
import { chain, chord, group } from '@umbel/canvas'
import { ChordError, OperationalError } from '@umbel/protocol'
import { fastClock } from './fast-clock.js'
import { createRig } from './rig.js'
import { Gate, until } from './until.js'

function calculator(settings: Parameters<typeof createRig>[0] = {}) {
  const rig = createRig({ taskAcksLate: true, ...settings })
  return {
    rig,
    add: rig.app.task('add', (x: number, y: number) => x + y),
    sum: rig.app.task('sum', (xs: number[]) => xs.reduce((a, b) => a + b, 0)),
    fail: rig.app.task('fail', (..._args: unknown[]): number => {
      throw new RangeError('no')
    }),
    note: rig.app.task('note', { params: ['value'], typing: false }, (value: unknown) => {
      rig.journal.push(`note ${JSON.stringify(value)}`)
      return value
    })
  }
}

const TIMEOUT = { timeout: 5 }

describe('chains', () => {
  it('[K-13] hand each result to the next step, groups and chords among the steps', async () => {
    const { rig, add, sum } = calculator()
    await rig.start()
    expect(await (await chain(add.s(4, 4), add.s(8), add.s(1)).delay()).get(TIMEOUT)).toBe(17)
    expect(await (await chain(add.s(1, 1), group([add.s(1), add.s(2)]), sum.s()).delay()).get(TIMEOUT)).toBe(7)
    expect(await (await chain(add.s(1, 1), chord([add.s(1), add.s(2)], sum.s()), add.s(10)).delay()).get(TIMEOUT)).toBe(
      17
    )
    await rig.empty()
  })

  it('a failed step marks those that will never run, and tells the errbacks', async () => {
    const { rig, add, fail, note, sum } = calculator()
    await rig.start()
    const result = await chain(add.s(1, 1), fail.s(), add.s(1), group([add.s(1), add.s(2)]), sum.s())
      .onError(note.s())
      .delay()
    await expect(result.get(TIMEOUT)).rejects.toThrow('no')
    await until(
      () => (rig.journal.some(word => word.startsWith('note')) ? true : undefined),
      () => 'the errback'
    )
    await rig.empty()
  })

  it('follow-ups are sent before the result is stored, and are its children', async () => {
    const { rig, add, note } = calculator()
    await rig.start()
    const result = await add.applyAsync([1, 1], { link: [note.s(), note.si('x')] })
    expect(await result.get(TIMEOUT)).toBe(2)
    await rig.empty()
    expect(rig.journal.filter(word => word.startsWith('note')).toSorted()).toEqual(['note "x"', 'note 2'])
    expect(rig.journal.lastIndexOf('publish note')).toBeLessThan(rig.journal.indexOf('store SUCCESS'))
    const children = (await result.children()) ?? []
    expect(children).toHaveLength(1)
  })
})

describe('groups and chords', () => {
  it('[K-23] a group’s members run in parallel; its result is iterated, waited for, saved, restored and revoked', async () => {
    const { rig } = calculator()
    const gate = new Gate()
    const held = rig.app.task('held', async (n: number) => {
      await gate.pass()
      return n
    })
    await rig.start()
    const result = await group([1, 2, 3].map(n => held.s(n))).delay()
    await gate.reached(3)
    expect(await result.waiting()).toBe(true)
    gate.open()
    expect(await result.get(TIMEOUT)).toEqual([1, 2, 3])
    const ended: unknown[] = []
    for await (const one of result.iterNative(TIMEOUT)) ended.push(one)
    expect(new Map(ended as [string, number][])).toEqual(new Map(result.results.map(({ id }, n) => [id, n + 1])))
    await result.save()
    const restored = await rig.app.restoreGroup<number>(result.id)
    expect(restored?.results.map(({ id }) => id)).toEqual(result.results.map(({ id }) => id))
    expect(await restored?.get(TIMEOUT)).toEqual([1, 2, 3])

    const later = await group([4, 5].map(n => held.s(n))).applyAsync([], { countdown: 0.3 })
    await later.revoke({ wait: true, timeout: 0.1 })
    expect(await Promise.all(later.results.map(member => member.state()))).toEqual(['REVOKED', 'REVOKED'])
    await rig.empty()
    expect(gate.arrived).toBe(3)
  })

  it.each([
    ['with results', {}],
    ['with ignored results', { taskIgnoreResult: true }]
  ])('[K-29] the body of a chord of 200 gets all results in order, %s', async (_what, settings) => {
    const { rig, add, note } = calculator(settings)
    const list = rig.app.task('list', { ignoreResult: false }, (xs: number[]) => xs)
    await rig.start({ concurrency: 16 })
    const header = Array.from({ length: 200 }, (_, n) => add.s(n, 1))
    const result = await chord(header, list.s()).applyAsync([], { ignoreResult: false } as object)
    await rig.line(/list\[.*succeeded/)
    expect(await result.get(TIMEOUT)).toEqual(header.map((_, n) => n + 1))
    expect(rig.messages.filter(line => /list\[.*succeeded/.test(line))).toHaveLength(1)
    expect(note.name).toBe('note')
    await rig.empty()
  })

  it('[K-33] a failing member makes the body FAILURE ChordError naming it, tells its errbacks; the others complete', async () => {
    const { rig, add, fail, sum, note } = calculator()
    await rig.start()
    const result = await chord([add.s(1, 1), fail.s(), add.s(2, 2)], sum.s().onError(note.s())).delay()
    const error = await result.get({ ...TIMEOUT, propagate: false })
    expect(error).toBeInstanceOf(ChordError)
    expect(String(error)).toMatch(/Dependency .* raised ValueError/)
    await until(
      () => (rig.journal.includes(`note "${result.id}"`) ? true : undefined),
      () => 'the errback of the body'
    )
    expect(rig.messages.filter(line => /add\[.*succeeded/.test(line))).toHaveLength(2)
    expect(rig.messages.filter(line => /sum\[.*received/.test(line))).toHaveLength(0)
    await rig.empty()
  })

  it('chords nest: in chains, in headers, in bodies', async () => {
    const { rig, add, sum } = calculator()
    await rig.start()
    const inner = () => chord([add.s(1, 1), add.s(2, 2)], sum.s())
    expect(await (await chord([inner(), add.s(1, 1)], sum.s()).delay()).get(TIMEOUT)).toBe(8)
    expect(await (await chord([chain(add.s(1, 1), add.s(1)), add.s(1, 1)], sum.s()).delay()).get(TIMEOUT)).toBe(5)
    expect(await (await chain(inner(), add.s(1)).delay()).get(TIMEOUT)).toBe(7)
    await rig.empty()
  })

  it('a member that is retried counts once, when it is done', async () => {
    const { rig, sum } = calculator()
    const flaky = rig.app.task('flaky', { bind: true }, (self, x: number) =>
      self.request.retries < 2 ? self.retry({ countdown: 0 }) : x
    )
    await rig.start()
    expect(await (await chord([flaky.s(1), flaky.s(2)], sum.s()).delay()).get(TIMEOUT)).toBe(3)
  })

  it('a member that is unknown, revoked or runs into its limit fails the chord', async () => {
    const { rig, add, sum } = calculator()
    const stuck = rig.app.task('stuck', { timeLimit: 0.05 }, () => new Promise<number>(() => undefined))
    const worker = await rig.start()
    worker.revoke(['gone'])
    for (const member of [stuck.s(), rig.app.signature('no.such'), add.s(1, 1).set({ taskId: 'gone' })]) {
      const result = await chord([add.s(1, 1), member as ReturnType<typeof stuck.s>], sum.s()).delay()
      expect(await result.get({ ...TIMEOUT, propagate: false })).toBeInstanceOf(ChordError)
    }
    await rig.empty()
  })

  it('the sweeper publishes the body of a join that was complete but never published', async () => {
    const { rig, sum } = calculator({ clock: fastClock(50) })
    const backend = await rig.app.services.gateway().backend()
    const body = sum.s().set({ taskId: 'body-1' }).toJSON()
    await backend.openChord('swept', 1, { ...body, options: { ...body.options, task_id: 'body-1', group_id: 'swept' } })
    const meta = {
      status: 'SUCCESS',
      result: 5,
      traceback: null,
      children: [],
      date_done: null,
      task_id: 'part-1'
    } as const
    await backend.storeParts([{ groupId: 'swept', index: 0, meta }])
    await rig.start({}, {})
    expect(await rig.app.asyncResult('body-1').get({ timeout: 300 })).toBe(5)
    expect(await backend.pendingJoins(0)).toEqual([])
  })
})

describe('errbacks', () => {
  it('[C-07][K-44] with (request, error, traceback) run in the worker; others are sent with the failed id', async () => {
    const { rig, fail, note } = calculator()
    const seen: unknown[] = []
    const inProcess = rig.app.task('inProcess', (request: { id: string }, error: Error, traceback: string) => {
      seen.push([request.id, error.message, traceback.includes('RangeError')])
    })
    await rig.start()
    const result = await fail.applyAsync([], { linkError: [inProcess.signature([] as never), note.s()] })
    await expect(result.get(TIMEOUT)).rejects.toThrow('no')
    await until(
      () => (rig.journal.includes(`note "${result.id}"`) ? true : undefined),
      () => 'the errback that is sent'
    )
    expect(seen).toEqual([[result.id, 'no', true]])
    await rig.empty()
    expect(rig.messages.filter(line => line.includes('inProcess['))).toEqual([])
  })

  it('[K-45] one that is not registered here is sent; an error inside one does not keep the next from running', async () => {
    const { rig, fail } = calculator()
    const seen: string[] = []
    const broken = rig.app.task('broken', (_request: unknown, _error: unknown): void => {
      throw new Error('errback broke')
    })
    const next = rig.app.task('next', (_request: unknown, error: Error): void => {
      seen.push(error.message)
    })
    await rig.start()
    const elsewhere = rig.app.signature('elsewhere').set({ queue: 'other' })
    const linkError = [broken.signature([] as never), elsewhere, next.signature([] as never)]
    const result = await fail.applyAsync([], { linkError })
    await expect(result.get(TIMEOUT)).rejects.toThrow('no')
    await rig.line('errback broken failed: errback broke')
    expect(seen).toEqual(['no'])
    const [sent] = await rig.take('other')
    expect(sent?.message.headers['task']).toBe('elsewhere')
  })
})

describe('replace and addToChord', () => {
  it('[K-46] a task is replaced under its id, with what follows it and its place in a chord', async () => {
    const { rig, add, sum, note } = calculator()
    const replaced = rig.app.task('replaced', { bind: true }, (self, x: number): number => self.replace(add.s(x, 100)))
    const byChain = rig.app.task('byChain', { bind: true }, (self, x: number): number =>
      self.replace(chain(add.s(x, 1), add.s(1)))
    )
    const byGroup = rig.app.task('byGroup', { bind: true }, (self, x: number): number[] =>
      self.replace(group([add.s(x, 1), add.s(x, 2)]))
    )
    await rig.start()
    const alone = await replaced.applyAsync([1], { link: note.s() })
    expect(await alone.get(TIMEOUT)).toBe(101)
    await rig.line(/note\[.*succeeded/)
    expect(await (await chain(replaced.s(1), add.s(1)).delay()).get(TIMEOUT)).toBe(102)
    expect(await (await chord([replaced.s(1), byChain.s(1)], sum.s()).delay()).get(TIMEOUT)).toBe(104)
    expect(await byGroup.applyAsync([1], { link: note.s() }).get(TIMEOUT)).toEqual([2, 3])
    await rig.line(/note\[.*succeeded in .*: \[2, 3\]/)
    expect(await (await chain(byGroup.s(1), sum.s()).delay()).get(TIMEOUT)).toBe(5)
    await rig.empty()
    const nested = rig.sent.filter(({ message }) => message.headers['replaced_task_nesting'] === 1)
    expect(nested.length).toBeGreaterThan(5)
  })

  it('[K-46] an empty chain, or a member of a chord, cannot replace a task', async () => {
    const { rig, add } = calculator()
    const empty = rig.app.task('empty', { bind: true }, (self): number => self.replace(chain()))
    const member = rig.app.task('member', { bind: true }, (self): number =>
      self.replace(add.s(1, 1).set({ chord: add.s(1, 1).toJSON() } as object))
    )
    await rig.start()
    await expect(empty.delay().get(TIMEOUT)).rejects.toThrow('an empty celery.chain cannot replace a task')
    await expect(member.delay().get(TIMEOUT)).rejects.toThrow('member of a chord')
  })

  it('a member adds another to its chord', async () => {
    const { rig, add, sum } = calculator()
    const grows = rig.app.task('grows', { bind: true }, async (self, x: number) => {
      await self.addToChord(add.s(x, 10))
      return x
    })
    await rig.start()
    expect(await (await chord([grows.s(1), add.s(1, 1)], sum.s()).delay()).get(TIMEOUT)).toBe(14)
  })
})

describe('what follows when it cannot be sent', () => {
  it('is tried again until the broker is back, and the task is acknowledged only then', async () => {
    const { rig, add, note } = calculator({ taskPublishRetry: false })
    const started = rig.app.task('started', () => {
      rig.tap.publishError = new OperationalError('the broker is away')
      return 1
    })
    await rig.start()
    const result = await started.applyAsync([], { link: note.s() })
    await rig.line('what follows from a task could not be sent')
    expect(await rig.stat()).toMatchObject({ unacked: 1 })
    expect(await result.state()).toBe('PENDING')
    rig.tap.publishError = undefined
    expect(await result.get(TIMEOUT)).toBe(1)
    await rig.line(/note\[.*succeeded/)
    await rig.empty()
    expect(rig.journal.filter(word => word.startsWith('note'))).toEqual(['note 1'])
    expect(add.name).toBe('add')
  })

  it('fails for good where trying again is of no use, without harm to its neighbours', async () => {
    const { rig, add, note, sum } = calculator({ taskCreateMissingQueues: false })
    await rig.start()
    const nowhere = add.s(1).set({ queue: 'no-such-queue' })
    const result = await chain(add.s(1, 1), nowhere.onError(note.s()), add.s(1)).delay()
    const good = await chain(add.s(1, 1), add.s(1)).delay()
    await expect(result.get(TIMEOUT)).rejects.toThrow(/no-such-queue/)
    expect(await good.get(TIMEOUT)).toBe(3)
    const header = await chain(
      add.s(1, 1),
      chord([add.s(1), add.s(1).set({ queue: 'no-such-queue' })], sum.s())
    ).delay()
    expect(await header.get({ ...TIMEOUT, propagate: false })).toBeInstanceOf(ChordError)
    await rig.empty()
  })
})
