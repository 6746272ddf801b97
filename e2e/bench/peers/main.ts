import { table } from '../../src/seam-table.js'
import { median } from '../measure.js'
import type { Figures } from '../program.js'
import type { Contestant, Way } from './contestants.js'
import { type Race, races, type Row } from './races.js'

/**
 * `npm run bench -- --peers [<word of a row> ...]`: ours beside the peers and the floors. Whoever has several ways runs
 * each once, then the best; medians of the rounds; exit code 1 where a target is missed.
 */
const ROUNDS = 3
const words = process.argv.slice(2)
const lines: string[][] = [
  ['', 'broker', 'umbel', 'against', '', 'ratio', 'target', '', 'rounds of umbel', 'of the other']
]
let missed = 0

for (const race of races) {
  const rows = race.rows.filter(row => words.every(word => `${row.title} ${race.broker}`.includes(word)))
  if (rows.length === 0) continue
  const results = await run(race, rows)
  for (const row of rows) report(race, row, results)
}
process.stdout.write(
  `\n${table(lines)}\n\n${missed === 0 ? 'Every target is met.' : `${missed} targets are missed.`}\n`
)
process.exitCode = missed === 0 ? 0 : 1

interface Result {
  readonly name: string
  readonly way: string
  readonly rounds: readonly Figures[]
}

async function run({ broker, contestants }: Race, rows: readonly Row[]): Promise<readonly Result[]> {
  const chosen: { name: string; way: Way; rounds: Figures[] }[] = []
  for (const contestant of contestants) {
    const way = await bestWay(contestant, rows)
    say(`${broker} ${contestant.name} ${way.name}`)
    chosen.push({ name: contestant.name, way, rounds: [] })
  }
  // By turns: what else the machine does hits everybody alike.
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, way, rounds } of chosen) {
      rounds.push(await way.run())
      say(`${broker} ${name}: ${JSON.stringify(rounds.at(-1))}`)
    }
  return chosen.map(({ name, way, rounds }) => ({ name, way: way.name, rounds }))
}

async function bestWay({ ways }: Contestant, [row]: readonly Row[]): Promise<Way> {
  const [only] = ways
  if (only === undefined) throw new Error('a contestant without a way')
  if (ways.length === 1) return only
  const { figure, against = figure } = row ?? { figure: 'drain' }
  const tried: { readonly way: Way; readonly value: number }[] = []
  for (const way of ways) tried.push({ way, value: (await way.run())[against] ?? 0 })
  return tried.toSorted((a, b) => b.value - a.value)[0]?.way ?? only
}

function report({ broker }: Race, row: Row, results: readonly Result[]): void {
  const ours = results.find(({ name }) => name === 'umbel')
  const [own, ownRounds] = read(row, ours)
  for (const other of results) {
    if (other === ours) continue
    const [value, rounds] = read(row, other)
    if (!Number.isFinite(value)) continue
    const ratio = own / value
    const target = row.targets[other.name]
    const met = target === undefined || (row.better === 'more' ? ratio >= target : ratio <= target)
    if (!met) missed++
    const wanted =
      target === undefined ? ['', ''] : [`${row.better === 'more' ? '≥' : '≤'} ${target}`, met ? 'met' : 'MISSED']
    const against = [`${other.name} ${other.way}`.trim(), shown(value) + row.unit]
    lines.push([row.title, broker, shown(own) + row.unit, ...against, ratio.toFixed(2), ...wanted, ownRounds, rounds])
  }
}

function read({ figure, against = figure }: Row, result: Result | undefined): readonly [number, string] {
  if (result === undefined) return [Number.NaN, '']
  const name = figure in (result.rounds[0] ?? {}) ? figure : against
  const values = result.rounds.map(round => round[name] ?? Number.NaN)
  return [median(result.rounds)[name] ?? Number.NaN, values.map(shown).join(' ')]
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
