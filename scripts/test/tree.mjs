// A folder of files for one test.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Writes the files (path → text, or a value to write as JSON) into a fresh folder. */
export function tree(files) {
  const root = mkdtempSync(join(tmpdir(), 'umbel-scripts-'))
  const write = (path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  for (const [path, content] of Object.entries(files)) write(path, content)
  const link = (path, target) => symlinkSync(target, join(root, path), 'junction')
  return { root, write, link, remove: () => rmSync(root, { recursive: true, force: true }) }
}
