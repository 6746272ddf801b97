import { AsyncLocalStorage } from 'node:async_hooks'
import type { Executed, Executor, Host, Job } from '../contract.js'

/** What the fixture's executor is made with. */
export interface FixtureData {
  /** What goes wrong in createExecutor. */
  readonly start?: 'throw' | 'exit' | 'hang' | 'call'
  /** Told to the host as note 'closed' when the executor closes. */
  readonly tellClose?: boolean
}

type Body = (job: Job, signal: AbortSignal, host: Host) => unknown

/** An executor that does what the message's header `task` says. Runs in the pool's executors, not in the test. */
export async function createExecutor(data: unknown, host: Host): Promise<Executor> {
  const { start, tellClose } = (data ?? {}) as FixtureData
  if (start === 'throw') throw new TypeError('no tasks in this app', { cause: new Error('empty file') })
  if (start === 'exit') process.exit(7)
  if (start === 'hang') await new Promise(() => undefined)
  if (start === 'call') await host.call('settings', null)
  const keys = new AsyncLocalStorage<string>()
  return {
    async run(job, abort) {
      const task = String(job.message.headers['task'])
      const body = bodies[task]
      if (body === undefined) return { kind: 'undecodable', reason: `unknown fixture task ${task}` }
      return outcomeOf(await keys.run(job.key, () => body(job, abort.signal, host)))
    },
    current: () => keys.getStore(),
    async close() {
      if (tellClose === true) host.notify('closed', null)
    }
  }
}

const bodies: Readonly<Record<string, Body>> = {
  noop: () => 'done',
  echo: ({ message }) => new TextDecoder().decode(message.body),
  throw: () => {
    throw new Error('run may not throw')
  },
  hang: () => new Promise(() => undefined),
  untilAborted: (_job, signal) => new Promise(resolve => onAbort(signal, () => resolve(abortReason(signal)))),
  untilReleased: ({ key }, _signal, host) => host.call('release', key),
  talkWhenReleased: ({ key }, _signal, host) => host.call('release', key).then(() => host.notify('late', key)),
  concluding: ({ key }, _signal, host) => concluding(async () => host.notify('concluded', key)),
  concludingWhenReleased: ({ key }, _signal, host) => concluding(() => host.call('release', key)),
  concludingWithExit: () => concluding(async () => process.exit(4)),
  concludingBadly: () => concluding(() => Promise.reject(new Error('conclude may not throw'))),
  exitWhenReleased: ({ key }, _signal, host) => host.call('release', key).then(() => process.exit(5)),
  block: ({ message }) => block(Number(message.headers['seconds'])),
  exit: ({ message }) => process.exit(Number(message.headers['code'])),
  throwLater: () => {
    setTimeout(() => {
      throw new Error('thrown in a timer')
    }, 0)
    return new Promise(() => undefined)
  },
  rejectUnseen: () => {
    void Promise.reject(new Error('nobody caught this'))
    return 'done'
  },
  call: ({ message }, _signal, host) => host.call(String(message.headers['method']), message.headers['payload']),
  callFailing: async (_job, _signal, host) => {
    const error = await host.call('fail', null).catch((thrown: unknown) => thrown)
    const { name, message, recoverable } = error as Error & { readonly recoverable: boolean }
    return [name, message, recoverable]
  },
  notify: ({ key }, _signal, host) => {
    for (const number of [1, 2, 3]) host.notify('line', [key, number])
    return 'done'
  },
  unclonable: () => ({ kind: 'success', result: (): void => undefined, repr: '' }),
  unclonableNote: (_job, _signal, host) => {
    host.notify('line', () => undefined)
    return 'done'
  },
  unclonableCall: (_job, _signal, host) => host.call('echo', () => undefined).catch(() => 'refused'),
  retry: ({ message }) => ({
    kind: 'retry',
    message,
    exchange: '',
    routingKey: 'celery',
    notBefore: 0,
    error: null,
    traceback: '',
    repr: ''
  })
}

function concluding(work: () => Promise<unknown>): Executed {
  return { kind: 'success', result: '"done"', repr: 'done', conclude: async () => void (await work()) }
}

function outcomeOf(value: unknown): Executed {
  if (typeof value === 'object' && value !== null && 'kind' in value) return value as Executed
  const result = JSON.stringify(value)
  return { kind: 'success', result, repr: result }
}

function onAbort(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener()
  else signal.addEventListener('abort', listener, { once: true })
}

function abortReason(signal: AbortSignal): readonly unknown[] {
  const { name, reason } = signal.reason as Error & { readonly reason: string }
  return [name, reason]
}

function block(seconds: number): string {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000)
  return 'done'
}
