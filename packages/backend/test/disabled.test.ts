import { describe, expect, it } from '@jest/globals'
import { DisabledBackend, resolveBackend, ResultsDisabledError, successMeta, waitFor } from '@umbel/backend'

const meta = successMeta({ taskId: 't1', now: 0 }, 1)

describe('DisabledBackend', () => {
  it('[RB-02] drops what is stored, and reading explains what to configure', async () => {
    const { factory, url } = resolveBackend('disabled', [])
    const backend = await factory.connect(url)
    expect(await backend.store([meta, meta])).toEqual([undefined, undefined])
    await expect(backend.load(['t1'])).rejects.toThrow(ResultsDisabledError)
    await expect(backend.load(['t1'])).rejects.toThrow(
      /no result backend is configured.*`resultBackend` \(result_backend\)/
    )
  })

  it('[R-34] makes storing a no-op and every way of reading an error that explains', async () => {
    const backend = new DisabledBackend()
    expect(await backend.store([meta])).toEqual([undefined])
    const readings = [backend.load(), backend.loadGroup(), backend.watch(), waitFor(backend, 't1', { timeout: 10 })]
    for (const reading of readings) await expect(reading).rejects.toThrow(/redis:\/\/localhost\/1.*sqlite:\/\/\//)
  })

  it('refuses groups and chords, and answers an error for each part: silence would be a chord without end', async () => {
    const backend = new DisabledBackend()
    await expect(backend.saveGroup()).rejects.toThrow(ResultsDisabledError)
    await expect(backend.openChord()).rejects.toThrow(/chords cannot be joined/)
    await expect(backend.growChord()).rejects.toThrow(ResultsDisabledError)
    const outcomes = await backend.storeParts([{ groupId: 'g', index: 0, meta }])
    expect(outcomes.map(outcome => outcome instanceof ResultsDisabledError)).toEqual([true])
  })

  it('lets the housekeeping pass', async () => {
    const backend = new DisabledBackend()
    await backend.forget()
    await backend.forgetGroup()
    await backend.confirmJoins()
    expect(await backend.pendingJoins()).toEqual([])
    expect(await backend.sweep()).toBe(0)
    await backend.close()
    expect(backend.url).toBe('disabled://')
  })
})
