import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface RunningScript {
  readonly process: ChildProcess
  /** Lines printed so far. */
  readonly lines: string[]
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Runs a compiled script in a process of its own. */
export function runScript(url: URL, ...parameters: readonly string[]): RunningScript {
  const child = spawn(process.execPath, [fileURLToPath(url), ...parameters], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  const exit = new Promise<{ code: number | null; signal: string | null }>(resolve => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  return { process: child, lines, exit }
}
