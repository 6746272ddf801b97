import { afterAll } from '@jest/globals'
import { describeInterop } from './interop/suite.js'
import { Table } from './interop/table.js'

const REDIS = process.env['UMBEL_TEST_REDIS'] ?? ''
const RABBITMQ = process.env['UMBEL_TEST_RABBITMQ'] ?? ''
const table = new Table()

describeInterop({ name: 'Redis', broker: REDIS, backend: REDIS }, table)
describeInterop({ name: 'RabbitMQ', broker: RABBITMQ, backend: REDIS }, table)

afterAll(() => {
  process.stderr.write(`\n${table.markdown()}\n`)
})
