import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A new empty folder, removed by `dispose`. */
export function temporaryFolder(): { readonly path: string; dispose(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'umbel-backend-sql-')))
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) }
}

/** Polls until it is true. @throws after `deadline` milliseconds */
export async function until(holds: () => boolean | Promise<boolean>, deadline = 10_000): Promise<void> {
  const end = performance.now() + deadline
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`still not so after ${deadline} ms: ${holds.toString()}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export interface Fixture {
  readonly process: ChildProcess
  /** Lines printed so far. */
  readonly lines: string[]
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

/** Runs a compiled script of this folder in a process of its own. */
export function runFixture(name: string, ...parameters: readonly string[]): Fixture {
  const script = fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url))
  const child = spawn(process.execPath, [script, ...parameters], { stdio: ['pipe', 'pipe', 'inherit'] })
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
