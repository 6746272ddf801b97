import { describe, expect, it, jest } from '@jest/globals'
import { type BroadcastRequest, Control, ControlError, isFailure, type NodeReply } from '@umbel/control'

interface Bench {
  readonly control: Control
  readonly sent: BroadcastRequest[]
  readonly kept: (readonly string[])[]
}

function benchOf(replies: readonly NodeReply[] = []): Bench {
  const sent: BroadcastRequest[] = []
  const kept: (readonly string[])[] = []
  const control = new Control({
    broadcast: async request => {
      sent.push(request)
      return replies
    },
    keepRevoked: async ids => void kept.push(ids)
  })
  return { control, sent, kept }
}

describe('control', () => {
  it('revokes one or many, keeps the ids first, and does not wait unless asked to', async () => {
    const { control, sent, kept } = benchOf()
    await control.revoke('a')
    await control.terminate(['b', 'c', 'b'], { signal: 'SIGKILL', reply: true, timeout: 2, destination: ['w@h'] })
    expect(kept).toEqual([['a'], ['b', 'c']])
    expect(sent).toEqual([
      { command: 'revoke', arguments: { task_id: 'a', terminate: false, signal: 'SIGTERM' } },
      {
        command: 'revoke',
        arguments: { task_id: ['b', 'c'], terminate: true, signal: 'SIGKILL' },
        reply: true,
        timeout: 2,
        destination: ['w@h']
      }
    ])
  })

  it('sends nothing for no ids, and refuses what is no id', async () => {
    const { control, sent } = benchOf()
    expect(await control.revoke([])).toEqual([])
    await expect(control.revoke([1] as never)).rejects.toThrow(ControlError)
    await expect(control.revoke('')).rejects.toThrow('expected the id of a task')
    expect(sent).toEqual([])
  })

  it('[RC-07] inspects with destination, timeout, limit, callback, pattern and matcher', async () => {
    const callback = (): void => {}
    const { control, sent } = benchOf([{ 'a@h': { ok: 'pong' } }, { 'b@h': { ok: 'pong' } }])
    const options = { timeout: 3, limit: 4, callback, pattern: 'a@.*', matcher: 'pcre' } as const
    expect(await control.inspect(options).ping()).toEqual({ 'a@h': { ok: 'pong' } })
    expect(await control.inspect({ destination: ['a@h', 'b@h'] }).ping()).toEqual({
      'a@h': { ok: 'pong' },
      'b@h': { ok: 'pong' }
    })
    expect(sent).toEqual([
      { ...options, command: 'ping', arguments: {}, reply: true },
      { destination: ['a@h', 'b@h'], command: 'ping', arguments: {}, reply: true }
    ])
  })

  it('asks each question in Celery’s words', async () => {
    const { control, sent } = benchOf()
    const inspect = control.inspect()
    await inspect.active({ safe: true })
    await inspect.reserved()
    await inspect.scheduled()
    await inspect.registered('max_retries')
    await inspect.queryTask('a', ['b', 'c'])
    await inspect.stats()
    await inspect.revoked()
    expect(sent.map(({ command, arguments: args }) => [command, args])).toEqual([
      ['active', { safe: true }],
      ['reserved', {}],
      ['scheduled', {}],
      ['registered', { taskinfoitems: ['max_retries'] }],
      ['query_task', { ids: ['a', 'b', 'c'] }],
      ['stats', {}],
      ['revoked', {}]
    ])
  })

  it('[W-51] warns of two nodes that answer to one name', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      await benchOf([{ 'a@h': 1 }, { 'b@h': 2 }, { 'a@h': 3 }])
        .control.inspect()
        .stats()
      expect(warn).toHaveBeenCalledTimes(1)
      expect(String(warn.mock.calls[0]?.[0])).toContain('multiple replies from node name: a@h.')
    } finally {
      warn.mockRestore()
    }
  })

  it('tells failures from answers', () => {
    expect(isFailure({ error: "KeyError('x')" })).toBe(true)
    expect(isFailure([])).toBe(false)
    expect(isFailure({ ok: 'pong' })).toBe(false)
    expect(isFailure({ error: 'is the name of a task', other: 1 })).toBe(false)
  })
})
