import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  BackendError,
  BackendStoreError,
  createResultMeta,
  failureMeta,
  getResult,
  getState,
  getTraceback,
  type ResultBackend,
  retryMeta,
  revokedMeta,
  startedMeta,
  successMeta,
  waitFor
} from '@umbel/backend'
import { sqlBackend } from '@umbel/backend-sql'
import { FakeClock } from '@umbel/runtime/conformance'
import { openDatabase, SqlDatabases } from '@umbel/sql'
import { EncodedJson, TimeoutError } from '@umbel/protocol'
import { temporaryFolder, until } from '@umbel/test-kit'

describe('results in SQLite', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let url: string
  let backend: ResultBackend

  beforeEach(async () => {
    folder = temporaryFolder()
    path = join(folder.path, 'umbel.db')
    url = `sqlite://${path}`
    backend = await sqlBackend().connect(url)
  })
  afterEach(async () => {
    await backend.close()
    folder.dispose()
  })

  const context = (taskId: string) => ({ taskId, now: Date.now() })
  const body = { task: 'tasks.xsum', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false }

  it('hand the parts of a join on as JSON text', async () => {
    await backend.openChord('chord', 1, body)
    const meta = createResultMeta('SUCCESS', { result: new EncodedJson('[1, 2.50]') }, context('a'))
    const [join] = await backend.storeParts([{ groupId: 'chord', index: 0, meta }])
    const [part] = join !== undefined && 'parts' in join ? join.parts : []
    expect(part?.result).toEqual(new EncodedJson('[1, 2.50]'))
    expect(await getResult(backend, 'a')).toEqual([1, 2.5])
  })

  it('tell of a stored result that cannot be read as a failure, and of its neighbours as they are', async () => {
    await backend.store([successMeta(context('broken'), 1), successMeta(context('whole'), 2)])
    const database = await openDatabase(url)
    await database.write(session => session.run("UPDATE umbel_result SET result = '{broken' WHERE id = 'broken'"))
    await database.close()
    expect(await backend.load(['broken', 'whole'])).toMatchObject([
      {
        status: 'FAILURE',
        result: {
          exc_type: 'BackendGetMetaError',
          exc_message: [expect.stringContaining('task broken cannot be read')]
        }
      },
      { status: 'SUCCESS', result: 2 }
    ])
  })

  it('say why nothing can be stored: per item, as something to try again', async () => {
    const meta = successMeta(context('a'), 1)
    const other = await openDatabase(url)
    await other.write(session => session.run('DROP TABLE umbel_result'))
    await other.close()
    const [error] = await backend.store([meta])
    expect(error).toBeInstanceOf(BackendStoreError)
    expect(String(error?.cause)).toContain(path)
    await expect(backend.load(['a'])).rejects.toThrow(BackendError)
  })

  it.each(['a\0b', 'a\uD800'])('are refused for the id %j, which SQLite would cut or change', async id => {
    const [error, none] = await backend.store([successMeta(context(id), 1), successMeta(context('sound'), 1)])
    expect([error?.message.includes('position 1'), none]).toEqual([true, undefined])
    const [part] = await backend.storeParts([{ groupId: id, index: 0, meta: successMeta(context('part'), 1) }])
    expect(part).toBeInstanceOf(BackendError)
    await expect(backend.openChord(id, 1, body)).rejects.toThrow(BackendError)
    await expect(backend.saveGroup(id, [[id, null], []])).rejects.toThrow(BackendError)
    expect(await backend.load(['a', 'sound'])).toMatchObject([undefined, { result: 1 }])
  })

  it('are refused by a file that is no database', async () => {
    const other = join(folder.path, 'other.db')
    writeFileSync(other, 'no database at all')
    await expect(sqlBackend().connect(`sqlite://${other}`)).rejects.toThrow(BackendError)
    await expect(sqlBackend().connect(`sqlite://${other}`)).rejects.toThrow(other)
  })

  it('share the database of a registry, and leave it', async () => {
    const databases = new SqlDatabases()
    const [first, second] = [await sqlBackend({ databases }).connect(url), await sqlBackend({ databases }).connect(url)]
    expect(databases.size).toBe(1)
    await Promise.all([first.close(), second.close()])
    expect(databases.size).toBe(0)
  })

  it('are swept in chunks, parts of joins included', async () => {
    const clock = new FakeClock()
    const expiring = await sqlBackend().connect(url, { expires: 60, clock })
    const metas = Array.from({ length: 2500 }, (_, index) => successMeta(context(`task-${index}`), index))
    await expiring.store(metas)
    await expiring.openChord('chord', 2, body)
    await expiring.storeParts([{ groupId: 'chord', index: 0, meta: successMeta(context('part'), 1), store: false }])
    await clock.advance(61_000)
    expect(await expiring.sweep()).toBe(2501)
    const database = await openDatabase(url)
    expect(await database.read(session => session.all('SELECT count(*) AS parts FROM umbel_part'))).toEqual([
      { parts: 0 }
    ])
    await database.close()
    await expiring.close()
  })

  it('[RB-03] store a result in every state, and answer state, result and traceback', async () => {
    const error = { exc_type: 'ValueError', exc_message: ['boom'], exc_module: 'builtins' }
    const revoked = { exc_type: 'TaskRevokedError', exc_message: ['revoked'], exc_module: 'celery.exceptions' }
    const metas = [
      successMeta(context('done'), 4),
      startedMeta(context('started'), { pid: 1, hostname: 'umbel@here' }),
      failureMeta(context('failed'), error, 'Traceback …'),
      revokedMeta(context('revoked')),
      retryMeta(context('retried'), error, 'Traceback …')
    ]
    expect(await backend.store(metas)).toEqual(metas.map(() => undefined))
    const ids = metas.map(meta => meta.task_id)
    const states = await Promise.all([...ids, 'unknown'].map(id => getState(backend, id)))
    expect(states).toEqual(['SUCCESS', 'STARTED', 'FAILURE', 'REVOKED', 'RETRY', 'PENDING'])
    const results = await Promise.all([...ids, 'unknown'].map(id => getResult(backend, id)))
    expect(results).toEqual([4, { pid: 1, hostname: 'umbel@here' }, error, revoked, error, null])
    expect(await getTraceback(backend, 'failed')).toBe('Traceback …')
    expect(await getTraceback(backend, 'done')).toBeNull()
  })

  it('[RB-03] wait for a result, forget, clean up, and save, restore and delete groups', async () => {
    const waiting = waitFor(backend, 'task', { timeout: 10 })
    await backend.store([successMeta(context('task'), 'here')])
    expect((await waiting).result).toBe('here')
    await expect(waitFor(backend, 'never', { timeout: 0.01 })).rejects.toThrow(TimeoutError)
    await backend.forget(['task'])
    expect(await getState(backend, 'task')).toBe('PENDING')

    const group = [['group', null], [[['task', null], null]]] as const
    await backend.saveGroup('group', group)
    expect(await backend.loadGroup('group')).toEqual(group)
    await backend.forgetGroup('group')
    expect(await backend.loadGroup('group')).toBeUndefined()

    const shortLived = await sqlBackend().connect(url, { expires: 0.001 })
    await shortLived.store([successMeta(context('expiring'), 1)])
    await until(async () => (await shortLived.sweep()) === 1)
    await shortLived.close()
  })

  it('[RB-06] expire after result_expires, by the clean-up and not before; 0 keeps them for ever', async () => {
    const clock = new FakeClock()
    const databases = new SqlDatabases()
    const [hour, ever] = [
      await sqlBackend({ databases }).connect(url, { expires: 3600, clock }),
      await sqlBackend({ databases }).connect(url, { expires: 0, clock })
    ]
    await hour.store([successMeta(context('hour'), 1)])
    await ever.store([successMeta(context('ever'), 2)])
    await clock.advance(3_599_000)
    expect(await hour.sweep()).toBe(0)
    expect(await getState(hour, 'hour')).toBe('SUCCESS')
    await clock.advance(2000)
    expect(await getState(hour, 'hour')).toBe('PENDING')
    expect(await hour.sweep()).toBe(1)
    expect(await getState(hour, 'ever')).toBe('SUCCESS')
    await Promise.all([hour.close(), ever.close()])
  })

  it('[RB-07] show where they are in the URL for banners', () => {
    expect(backend.url).toBe(url)
  })
})
