import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Direction, Language } from '../../src/interop/place.js'

export interface Row {
  readonly name: string
  readonly broker: string
  readonly direction: string
  /** Which workers answered; undefined: none did, but the canvas. */
  readonly answered: ReadonlySet<Language> | undefined
}

const WORDS: Readonly<Record<Language, string>> = { python: 'Python', typescript: 'TypeScript' }
const BEGIN = '<!-- table -->\n'
const END = '\n<!-- end -->'

/** What was run, and who answered. */
export class Table {
  readonly #rows: Row[] = []

  add(row: Row): void {
    this.#rows.push(row)
  }

  /** Two tables, of workers alone and of mixed ones: a line a case, a column a direction. */
  markdown(): string {
    const isMixed = ({ direction }: Row): boolean => direction.endsWith('both')
    return [this.#rows.filter(row => !isMixed(row)), this.#rows.filter(isMixed)].map(markdownOf).join('\n\n')
  }

  /** For whoever runs the tests: a file in the folder that is printed. */
  print(): void {
    const folder = process.env['UMBEL_TEST_TABLES']
    if (folder !== undefined) writeFileSync(join(folder, 'interop.md'), `${this.markdown()}\n`)
  }

  /** Does the document show this table? With UMBEL_WRITE_DOCS it is put there. */
  isIn(document: string): boolean {
    const text = readFileSync(document, 'utf8')
    const [before = '', rest = ''] = text.split(BEGIN)
    const [shown, after = ''] = rest.split(END)
    if (process.env['UMBEL_WRITE_DOCS']) {
      writeFileSync(document, `${before}${BEGIN}${this.markdown()}${END}${after}`)
      return true
    }
    return shown === this.markdown()
  }
}

/** As the columns say it. */
export function directionName({ client, served }: Direction, mixed = false): string {
  return mixed ? `${WORDS[client]} → both` : `${WORDS[client]} → ${WORDS[served]}`
}

function markdownOf(rows: readonly Row[]): string {
  const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)]
  const columns = distinct(rows.map(({ direction }) => direction))
  const brokers = distinct(rows.map(({ broker }) => broker))
  const cell = (name: string, column: string): string =>
    cellOf(
      rows.filter(row => row.name === name && row.direction === column),
      brokers
    )
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line([`Over ${brokers.join(' and ')}`, ...columns]),
    line(['---', ...columns.map(() => '---')]),
    ...distinct(rows.map(({ name }) => name)).map(name => line([name, ...columns.map(column => cell(name, column))]))
  ].join('\n')
}

/** One word where the brokers agree. */
function cellOf(rows: readonly Row[], brokers: readonly string[]): string {
  const words = brokers.map(broker => wordsOf(rows.find(row => row.broker === broker)))
  const [first = ''] = words
  if (words.every(word => word === first)) return first
  return brokers.map((broker, index) => `${broker}: ${words[index]}`).join(', ')
}

function wordsOf(row: Row | undefined): string {
  if (row === undefined) return 'not run'
  const words = [...(row.answered ?? [])].map(language => WORDS[language]).sort()
  return words.length > 0 ? words.join(', ') : 'no body'
}
