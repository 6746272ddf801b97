import { table } from '../src/seam-table.js'
import { median } from './measure.js'
import { type Benchmark, type Figure, type Limit, plan } from './plan.js'
import type { Figures } from './program.js'
import { versions } from './versions.js'

/** `npm run bench [-- <word of a row>]`: three rounds of each, the median of them; exit code 1 below a target. */
const ROUNDS = 3
const wanted = process.argv.slice(2)
const rows: string[][] = [
  ['figure', 'broker', 'pool', '-c', 'ack', 'results', 'fsync', 'where', 'median', 'rounds', 'target', 'versions']
]
let missed = 0

for (const benchmark of plan()) {
  const figures = benchmark.figures.filter(figure => wanted.every(word => describe(benchmark, figure).includes(word)))
  if (figures.length === 0) continue
  const rounds: Figures[] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push(await benchmark.run())
  for (const figure of figures) report(benchmark, figure, rounds)
}

process.stdout.write(`\n${table(rows)}\n\n${missed === 0 ? 'Every target is met.' : `${missed} targets are missed.`}\n`)
process.exitCode = missed === 0 ? 0 : 1

function report(benchmark: Benchmark, figure: Figure, rounds: readonly Figures[]): void {
  const value = median(rounds)[figure.name] ?? Number.NaN
  const met = meets(value, figure.limit)
  if (!met) missed++
  const { broker, pool, concurrency, results, ack } = benchmark.setup
  const target = figure.limit === undefined ? '' : `${limitText(figure)}${met ? '' : ' MISSED'}`
  const row = [figure.title, broker, poolName(pool), String(concurrency), ack, results ? 'stored' : 'off']
  const where = [broker === 'sqlite' ? 'WAL, synchronous=NORMAL' : 'none', benchmark.processes]
  const all = rounds.map(round => shown(round[figure.name] ?? Number.NaN)).join(' ')
  rows.push([...row, ...where, `${shown(value)}${figure.unit}`, all, target, versions(broker)])
  process.stdout.write(`${describe(benchmark, figure)}: ${shown(value)}${figure.unit} ${target}\n`)
}

function describe({ setup }: Benchmark, { title }: Figure): string {
  return `${title} ${setup.broker} ${poolName(setup.pool)}${setup.ack === 'early' ? ' early' : ''}${setup.results ? ' results' : ''}`
}

function poolName(pool: string): string {
  return pool === 'async' ? 'async (default)' : pool
}

function meets(value: number, { atLeast = -Infinity, atMost = Infinity }: Limit = {}): boolean {
  return value >= atLeast && value <= atMost
}

function limitText({ limit = {}, unit }: Figure): string {
  return limit.atLeast === undefined ? `≤ ${limit.atMost}${unit}` : `≥ ${limit.atLeast}${unit}`
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
