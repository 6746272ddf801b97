import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { memory } from '@umbel/memory'
import type { TransportCapabilities } from '@umbel/transport'
import { AMQP_CAPABILITIES, REDIS_CAPABILITIES, SQL_CAPABILITIES } from '../src/drivers.js'

const PAGE = new URL('../../../../docs/brokers.md', import.meta.url)

const DRIVERS: readonly (readonly [column: string, capabilities: TransportCapabilities])[] = [
  ['SQLite', SQL_CAPABILITIES],
  ['PostgreSQL', SQL_CAPABILITIES],
  ['Redis', REDIS_CAPABILITIES],
  ['RabbitMQ', AMQP_CAPABILITIES],
  ['memory', memory().capabilities]
]

it.each(DRIVERS)('[TR-03] the table of the documents says of %s what its driver says', (column, capabilities) => {
  const { native = false, ttl = false, fanout, priorities, priorityOrder = 'higher-first' } = capabilities
  const rows = columnOf(column)
  expect(rows.get('Exchanges')).toBe(native ? 'native' : 'virtual')
  // Every transport routes direct, topic and headers; its suite proves it.
  expect([rows.get('Direct, topic, fanout, headers'), fanout]).toEqual(['yes', true])
  expect([rows.get('Priorities'), priorities]).toEqual([
    expect.stringContaining(priorityOrder === 'lower-first' ? 'lower first' : 'higher first'),
    true
  ])
  expect(rows.get('Drops what is older than its TTL')).toMatch(ttl ? /^yes$/ : /^no/)
  for (const what of ['Carries events for monitoring', 'Remote control']) expect(rows.get(what)).toBe('yes')
})

/** By the first cell of each row of the page's first table. */
function columnOf(title: string): ReadonlyMap<string, string> {
  const lines = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| '))
  const cells = lines.map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim())
  )
  const index = cells[0]?.indexOf(title) ?? -1
  expect(index).toBeGreaterThan(0)
  return new Map(cells.map(row => [row[0] ?? '', row[index] ?? '']))
}
