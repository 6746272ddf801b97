import { rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { BackendClosedError, lastingBackend, type ResultBackend, successMeta } from '@umbel/backend'
import { sqlBackend } from '@umbel/backend-sql'
import type { ResultMeta } from '@umbel/protocol'
import { temporaryFolder, until } from '@umbel/test-kit'

describe('a lasting result store', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let opened: number
  let lasting: ResultBackend
  let other: ResultBackend | undefined

  beforeEach(async () => {
    folder = temporaryFolder()
    path = join(folder.path, 'results.db')
    opened = 0
    const factory = sqlBackend()
    lasting = await lastingBackend(() => {
      opened++
      return factory.connect(`sqlite://${path}`)
    })
  })
  afterEach(async () => {
    await lasting.close()
    await other?.close()
    other = undefined
    folder.dispose()
  })

  const removeFile = (): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
  }
  const meta = (id: string): ResultMeta => successMeta({ taskId: id, now: 0 }, id)
  const elsewhere = async (): Promise<ResultBackend> => (other ??= await sqlBackend().connect(`sqlite://${path}`))

  it('stores and reads on in the new file after its own was removed, without an error', async () => {
    await lasting.store([meta('before')])
    removeFile()
    await until(async () => {
      expect(await lasting.store([meta('after')])).toEqual([undefined])
      return opened === 2
    })
    expect((await lasting.load(['after', 'before'])).map(found => found?.result)).toEqual(['after', undefined])
    await lasting.openChord('chord', 1, {
      task: 't',
      args: [],
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false
    })
    expect(opened).toBe(2)
  })

  it('goes on watching in the new file, also for what nobody here stores', async () => {
    const told: string[] = []
    const watch = await lasting.watch(['a', 'b'], batch => told.push(...batch.map(({ task_id: id }) => id)))
    removeFile()
    await until(() => opened === 2)
    await (await elsewhere()).store([meta('b'), meta('a'), meta('c')])
    await watch.add(['c'])
    await until(() => told.length === 3)
    expect(told.toSorted()).toEqual(['a', 'b', 'c'])
  })

  it('goes on hearing of revocations, and hears all of them again', async () => {
    const told = new Set<string>()
    const { revocations } = lasting
    const watch = await revocations?.watch(ids => ids.forEach(id => told.add(id)))
    removeFile()
    await (await elsewhere()).revocations?.add(['meanwhile'], 100)
    await until(() => told.has('meanwhile'))
    await (await elsewhere()).revocations?.add(['later'], 100)
    await until(() => told.has('later'))
    expect(await revocations?.load()).toEqual(expect.arrayContaining(['meanwhile', 'later']))
    await watch?.close()
    await (await elsewhere()).revocations?.add(['last'], 100)
    expect(await revocations?.load()).toContain('last')
    expect(told.has('last')).toBe(false)
  })

  it('tries until the file can be opened again', async () => {
    const told: string[] = []
    await lasting.watch(['a'], batch => told.push(...batch.map(({ task_id: id }) => id)))
    removeFile()
    await mkdir(path)
    await until(() => opened >= 3)
    await expect(lasting.load(['a'])).rejects.toThrow(path)
    await rm(path, { recursive: true })
    await (await elsewhere()).store([meta('a')])
    await until(() => told.length === 1)
  })

  it('opens nothing once it is closed, though its connection was lost before', async () => {
    removeFile()
    await mkdir(path)
    await until(() =>
      lasting.load(['a']).then(
        () => false,
        () => opened > 1
      )
    )
    await lasting.close()
    expect(await lasting.closed).toBeUndefined()
    const before = opened
    await expect(lasting.load(['a'])).rejects.toThrow(BackendClosedError)
    expect(opened).toBe(before)
  })
})
