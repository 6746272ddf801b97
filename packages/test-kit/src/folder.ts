import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder {
  readonly path: string
  dispose(): void
}

/** A new empty folder, removed by `dispose`. */
export function temporaryFolder(name = 'test'): TemporaryFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `umbel-${name}-`)))
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) }
}
