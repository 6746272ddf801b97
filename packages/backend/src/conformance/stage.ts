import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect } from './jest.js'
import type { ErrorData, ResultMeta, ResultTuple, SignatureData, TaskState } from '@umbel/protocol'
import { UmbelError } from '@umbel/runtime'
import type { FakeClock } from '@umbel/runtime/conformance'
import type { BackendFactory, BackendOptions, ChordPart, CompletedJoin, ResultBackend } from '../contract.js'
import { createResultMeta, type MetaContext } from '../metas.js'

/** One fresh, empty store. */
export interface BackendSetup {
  readonly factory: BackendFactory
  readonly url: string
  /**
   * Ends the connections from outside, as when the server goes away or the file is removed; new ones may be made at
   * once, and need not find what was stored. See `severs` of the suite.
   */
  sever?(): Promise<void>
  /** Called when all connections are closed: removes what was made. */
  teardown(): Promise<void>
}

export type SetupBackend = () => Promise<BackendSetup>

/** What each test has: a store of its own, and connections to it that are closed when the test is over. */
export interface Stage {
  open(options?: BackendOptions): Promise<ResultBackend>
  sever(): Promise<void>
}

export function createStage(setup: SetupBackend): Stage {
  let current: BackendSetup | undefined
  const opened: ResultBackend[] = []

  beforeEach(async () => {
    current = await setup()
  })

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(backend => backend.close()))
    await current?.teardown()
    current = undefined
  })

  return {
    async open(options) {
      if (current === undefined) throw new Error('open() is for tests')
      const backend = await current.factory.connect(current.url, options)
      opened.push(backend)
      return backend
    },
    async sever() {
      if (current?.sever === undefined) throw new Error('the setup has no sever(), but the suite was told so')
      await current.sever()
    }
  }
}

/** A clock that starts now and stands still. Loaded here, because its module needs jest. */
export async function createFakeClock(): Promise<FakeClock> {
  const { FakeClock } = await import('@umbel/runtime/conformance')
  return new FakeClock(Date.now())
}

export function newId(): string {
  return randomUUID()
}

/** A meta of any state with a result that fits it. */
export function metaOf(
  status: TaskState,
  result: unknown = resultOf(status),
  more: Partial<MetaContext> = {}
): ResultMeta {
  return createResultMeta(status, { result }, { taskId: newId(), now: Date.now(), ...more })
}

export function boom(message = 'boom'): ErrorData {
  return { exc_type: 'ValueError', exc_message: [message, 42], exc_module: 'builtins' }
}

function resultOf(status: TaskState): unknown {
  if (status === 'STARTED') return { pid: 4711, hostname: 'umbel@here' }
  return ['FAILURE', 'RETRY', 'REVOKED'].includes(status) ? boom() : { answer: 42 }
}

/** A value that no serializer takes. */
export function unstorable(): unknown {
  const value: Record<string, unknown> = { function: () => 1 }
  value['self'] = value
  return value
}

export function bodyOf(id = newId()): SignatureData {
  const options = { task_id: id, group_id: newId(), reply_to: 'here' }
  return { task: 'tasks.xsum', args: [[1, 'ä']], kwargs: { k: null }, options, subtask_type: null, immutable: false }
}

/** A part that succeeded with its index. */
export function partOf(groupId: string, index: number | null, more: Partial<ChordPart> = {}): ChordPart {
  return { groupId, index, meta: metaOf('SUCCESS', index), ...more }
}

export function groupOf(id: string, children: readonly string[]): ResultTuple {
  return [[id, null], children.map(child => [[child, null], null] as const)]
}

/** Stores and expects that every item was taken. */
export async function store(backend: ResultBackend, ...batch: readonly ResultMeta[]): Promise<void> {
  const outcomes = await backend.store(batch)
  expect(outcomes).toEqual(batch.map(() => undefined))
}

export async function loadOne(backend: ResultBackend, id: string): Promise<ResultMeta | undefined> {
  const metas = await backend.load([id])
  expect(metas).toHaveLength(1)
  return metas[0]
}

export function isJoin(outcome: CompletedJoin | Error | undefined): outcome is CompletedJoin {
  return outcome !== undefined && 'groupId' in outcome
}

/** Stores one part; undefined unless it completes the join. */
export async function storePart(backend: ResultBackend, part: ChordPart): Promise<CompletedJoin | undefined> {
  const [outcome, ...more] = await backend.storeParts([part])
  expect(more).toEqual([])
  if (outcome !== undefined && !isJoin(outcome)) throw outcome
  return outcome
}

/** Plain value of a result that may still be JSON text. */
export function plain(value: unknown): unknown {
  const isText = typeof value === 'object' && value !== null && value.constructor.name === 'EncodedJson'
  return isText ? JSON.parse((value as { readonly text: string }).text) : value
}

/** Results of a completed join, decoded. */
export function resultsOf(join: CompletedJoin | undefined): readonly unknown[] | undefined {
  return join?.parts.map(part => plain(part.result))
}

export async function expectRefusal(action: Promise<unknown>): Promise<void> {
  const outcome = await action.then(
    () => 'resolved',
    (thrown: unknown) => thrown
  )
  expect(outcome instanceof UmbelError ? 'UmbelError' : outcome).toBe('UmbelError')
}

/** Waits until the check passes; fails with its last failure after some seconds. */
export async function eventually(check: () => unknown, seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    try {
      await check()
      return
    } catch (thrown) {
      if (performance.now() > end) throw thrown
    }
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
