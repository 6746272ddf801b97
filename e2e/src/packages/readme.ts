import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REPOSITORY } from './places.js'

/** The code blocks of the README's first page, as a reader would paste them. */
export class Readme {
  readonly #text: string

  private constructor(text: string) {
    this.#text = text
  }

  static async read(): Promise<Readme> {
    return new Readme(await readFile(join(REPOSITORY, 'README.md'), 'utf8'))
  }

  /** The block that says `// file: <name>` in its first line. */
  file(name: string): string {
    const found = this.#blocks().find(({ code }) => code.startsWith(`// file: ${name}\n`))
    if (found === undefined) throw new Error(`README.md has no block that starts with '// file: ${name}'`)
    return found.code
  }

  /** The TypeScript block that has `part` in it. */
  blockWith(part: string): string {
    const found = this.#blocks().find(({ language, code }) => language === 'ts' && code.includes(part))
    if (found === undefined) throw new Error(`README.md has no TypeScript block with '${part}'`)
    return found.code
  }

  /** The lines of the shell block that has `part` in it, in order, without comments; none where no block has it. */
  shellLines(part: string): readonly string[] {
    const found = this.#blocks().find(({ language, code }) => language === 'sh' && code.includes(part))
    return (found?.code ?? '')
      .split('\n')
      .map(line => line.replace(/\s+#.*$/, '').trim())
      .filter(line => line !== '')
  }

  /** What the comment behind each `console.log(…)` of a block says that it prints; undefined where it says something else. */
  promises(name: string): readonly (string | undefined)[] {
    const lines = this.file(name).split('\n')
    const logs = lines.filter(line => line.includes('console.log('))
    return logs.map(line => /\) \/\/ (\[.*?\]|\d+)/.exec(line)?.[1])
  }

  #blocks(): readonly { readonly language: string; readonly code: string }[] {
    const fences = this.#text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)
    return [...fences].map(([, language = '', code = '']) => ({ language, code }))
  }
}
