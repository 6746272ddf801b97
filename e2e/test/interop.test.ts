import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from '@jest/globals'
import { describeRpc } from './interop/rpc.js'
import { describeInterop } from './interop/suite.js'
import { Table } from './interop/table.js'

const REDIS = process.env['UMBEL_TEST_REDIS'] ?? ''
const RABBITMQ = process.env['UMBEL_TEST_RABBITMQ'] ?? ''
const DOCUMENT = fileURLToPath(new URL('../../../docs/interop.md', import.meta.url))
const table = new Table()

describeInterop({ name: 'Redis', redis: REDIS }, table)
describeInterop({ name: 'RabbitMQ', broker: RABBITMQ, redis: REDIS }, table)

describeRpc({ name: 'Redis', redis: REDIS })

it('docs/interop.md shows the table of this run (UMBEL_WRITE_DOCS=1 writes it)', () => {
  expect(table.isIn(DOCUMENT)).toBe(true)
})

afterAll(() => table.print())
