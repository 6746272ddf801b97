import type { Direction, Language } from '../../src/interop/place.js'

export interface Row {
  readonly name: string
  readonly broker: string
  readonly direction: string
  /** Which workers answered. */
  readonly answered: ReadonlySet<Language>
}

/** What was run, and who answered. */
export class Table {
  readonly #rows: Row[] = []

  add(row: Row): void {
    this.#rows.push(row)
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  /** A line a case, a column for each direction and broker. */
  markdown(): string {
    const columns = [...new Set(this.#rows.map(columnOf))]
    const names = [...new Set(this.#rows.map(({ name }) => name))]
    const cell = (name: string, column: string): string =>
      wordsOf(this.#rows.find(row => row.name === name && columnOf(row) === column)?.answered)
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
    return [
      line(['Case', ...columns]),
      line(['---', ...columns.map(() => '---')]),
      ...names.map(name => line([name, ...columns.map(column => cell(name, column))]))
    ].join('\n')
  }
}

/** As the columns say it. */
export function directionName({ client, served }: Direction, mixed = false): string {
  return mixed ? `${WORDS[client]} → both` : `${WORDS[client]} → ${WORDS[served]}`
}

const WORDS: Readonly<Record<Language, string>> = { python: 'Python', typescript: 'TypeScript' }

function columnOf({ broker, direction }: Row): string {
  return `${broker}: ${direction}`
}

function wordsOf(answered: ReadonlySet<Language> | undefined): string {
  if (answered === undefined) return ''
  const words = [...answered].map(language => WORDS[language]).sort()
  return words.length > 0 ? words.join(', ') : 'no body ran'
}
