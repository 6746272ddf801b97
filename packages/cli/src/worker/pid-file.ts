import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { PidFileTaken } from '../errors.js'

/** A file with this process's id, so that one worker of its kind runs. (celery.platforms.Pidfile) */
export class PidFile {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** A file whose process is gone is replaced. @throws PidFileTaken */
  static acquire(path: string): PidFile {
    if (!tryWrite(path)) {
      const holder = readHolder(path)
      if (holder === undefined || (holder !== process.pid && isAlive(holder)))
        throw new PidFileTaken(
          `the PID file ${path} is taken by ${holder === undefined ? 'no process that can be read' : `process ${holder}`}; ` +
            'is this worker running already? If not, delete the file'
        )
      rmSync(path, { force: true })
      if (!tryWrite(path)) throw new PidFileTaken(`another process has just taken the PID file ${path}`)
    }
    return new PidFile(path)
  }

  release(): void {
    if (readHolder(this.#path) === process.pid) rmSync(this.#path, { force: true })
  }
}

function tryWrite(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o644 })
    return true
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false
    throw thrown
  }
}

function readHolder(path: string): number | undefined {
  try {
    const [, digits] = /^(\d+)\s*$/.exec(readFileSync(path, 'utf8')) ?? []
    return digits === undefined ? undefined : Number(digits)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM'
  }
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
