import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

type Environment = Readonly<Record<string, string | undefined>>

const umbel = fileURLToPath(new URL('../../bin/umbel.mjs', import.meta.resolve('umbel')))
const tasks = fileURLToPath(new URL('../../src/tasks.ts', import.meta.url))
const client = fileURLToPath(new URL('./client.js', import.meta.url))

/** Seconds for a worker to be ready. */
const PATIENCE = 30

export interface RunningWorker {
  /** Warm shutdown; the exit code. */
  stop(): Promise<number | null>
  /** Ends it, if it still runs. */
  kill(): Promise<void>
}

/** `umbel -A tasks.ts worker`, a process of its own; resolves when it is ready. @throws Error with what it said */
export async function startWorker(environment: Environment): Promise<RunningWorker> {
  const child = spawn(process.execPath, [umbel, '-A', tasks, 'worker', '-l', 'info', '-c', '8'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  try {
    await ready(child)
  } catch (error) {
    await end(child, 'SIGKILL')
    throw error
  }
  return { stop: () => end(child, 'SIGTERM'), kill: async () => void (await end(child, 'SIGKILL')) }
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
export async function readResult(environment: Environment, id: string): Promise<string> {
  const child = spawn(process.execPath, [umbel, '-A', tasks, 'result', id], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  await once(child, 'exit')
  return text.trim()
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const fail = (what: string): void => reject(new Error(`${what}:\n${log.trim()}`))
    const timer = setTimeout(() => fail(`the worker was not ready within ${PATIENCE} s`), PATIENCE * 1000)
    const read = (chunk: Buffer): void => {
      log += chunk.toString()
      if (/ ready\./.test(log)) resolve()
      // It would try again for a long time; whoever watches a demo wants to hear it now.
      const [refusal] = /Cannot connect to .*?(?=\. Trying again|$)/m.exec(log) ?? []
      if (refusal !== undefined) reject(new Error(refusal))
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', code => fail(`the worker ended with code ${code} before it was ready`))
    child.once('exit', () => clearTimeout(timer))
  })
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill(signal)
  const [code] = (await exit) as [number | null]
  return code
}
