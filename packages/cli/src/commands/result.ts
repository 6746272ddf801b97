import type { AsyncResult } from '@umbel/app'
import { encodeJson } from '@umbel/protocol'
import { toError } from '@umbel/runtime'
import type { Command } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Option } from '../options/option.js'
import { readFlag, readNumber, readText } from '../options/readers.js'
import type { Terminal } from '../terminal.js'

const DEFAULT_TIMEOUT = 10

const task: Option<string> = {
  name: 'task',
  short: 't',
  describe: 'Name of the task, which must be registered with the application',
  read: readText
}
const traceback: Option<boolean> = {
  name: 'traceback',
  describe: 'Print the traceback instead of the value',
  read: readFlag,
  flag: true
}
const timeout: Option<number> = {
  name: 'timeout',
  describe: 'Seconds to wait for',
  fallback: String(DEFAULT_TIMEOUT),
  read: readNumber
}

/** (celery.bin.result) */
export const result: Command = {
  name: 'result',
  describe: "Wait for a task's result and print it; the error of a task that failed, with exit code 1.",
  operand: { name: 'id', describe: 'the id of the task, as umbel call prints it' },
  options: [task, traceback, timeout],
  examples: ['-A ./tasks.ts result 3f0e5c1e-… --timeout 60'],
  run: async ({ operand, values, session }) => {
    const { app } = await session.application()
    await app.loadModules()
    const name = values.get(task)
    if (name !== undefined) app.tasks.get(name)
    const handle = app.asyncResult(operand)
    const wait = { timeout: values.get(timeout) ?? DEFAULT_TIMEOUT }
    return values.get(traceback) === true
      ? await printTraceback(handle, wait, session.terminal)
      : await printValue(handle, wait, session.terminal)
  }
}

interface Wait {
  readonly timeout: number
}

async function printValue(handle: AsyncResult, wait: Wait, terminal: Terminal): Promise<number> {
  await handle.get({ ...wait, propagate: false })
  const value: unknown = await handle.result()
  if (await handle.successful()) {
    terminal.print(show(value))
    return EXIT.ok
  }
  const { name, message } = toError(value)
  const trace = await handle.traceback()
  terminal.complain(trace === undefined ? `${name}: ${message}` : trace.trimEnd())
  return EXIT.failure
}

async function printTraceback(handle: AsyncResult, wait: Wait, terminal: Terminal): Promise<number> {
  await handle.get({ ...wait, propagate: false })
  const trace = await handle.traceback()
  if (trace === undefined) terminal.hint(`task ${handle.id} has no traceback: ${await handle.state()}`)
  else terminal.print(trace.trimEnd())
  return EXIT.ok
}

/** A text as it is, anything else as JSON. */
function show(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  return encodeJson(value ?? null).replaceAll(/\\(u[0-9a-f]{4}|.)/gi, readable)
}

/** Letters beyond ASCII as they are, not as escapes. */
function readable(escaped: string, code: string): string {
  const letter = code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : ''
  return letter >= '\u00a0' ? letter : escaped
}
