import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

type Environment = Readonly<Record<string, string | undefined>>

const umbel = fileURLToPath(new URL('../../bin/umbel.mjs', import.meta.resolve('umbel')))
const tasks = fileURLToPath(new URL('../../src/tasks.ts', import.meta.url))
const client = fileURLToPath(new URL('./client.js', import.meta.url))

export interface RunningWorker {
  /** Warm shutdown; the exit code. */
  stop(): Promise<number | null>
}

/** `umbel -A tasks.ts worker`, a process of its own; resolves when it is ready. */
export async function startWorker(environment: Environment, options: readonly string[]): Promise<RunningWorker> {
  const child = spawn(process.execPath, [umbel, ...options, '-A', tasks, 'worker', '-l', 'info', '-c', '8'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  await ready(child)
  return { stop: () => stop(child) }
}

/** Runs the client; gives its exit code and the id and value that it leaves behind. */
export async function runClient(
  environment: Environment,
  args: readonly string[]
): Promise<{ code: number | null; left: { id: string; value: unknown } | undefined }> {
  const child = fork(client, args, { env: environment, stdio: 'inherit' })
  let left: { id: string; value: unknown } | undefined
  child.on('message', message => {
    left = message as { id: string; value: unknown }
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, left }
}

/** `umbel result <id>`: what a third process reads. */
export async function readResult(environment: Environment, id: string, options: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [umbel, ...options, '-A', tasks, 'result', id], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await once(child, 'exit')
  return text.trim()
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const read = (chunk: Buffer): void => {
      log += chunk.toString()
      if (/ready\./.test(log)) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', code => reject(new Error(`the worker ended with code ${code} before it was ready:\n${log}`)))
  })
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = (await exit) as [number | null]
  return code
}
