// The least that any worker on RabbitMQ must do: persistent messages with confirms, deliveries acknowledged many at a time.
import { connect } from 'amqplib'
import { body, headersOf, idOf, perSecond } from './message.js'

const PREFETCH = 256
const ACK_EVERY = 64
const queue = `floor-${process.pid}`

const count = Number(process.env['BENCH_COUNT'] ?? 20_000)
const connection = await connect((process.env['BENCH_BROKER_URL'] ?? '').replace(/\/\/$/, ''))
const channel = await connection.createConfirmChannel()
await channel.assertQueue(queue, { durable: true })
const publish = await fill()
const drain = await empty()
await channel.deleteQueue(queue)
await connection.close()
process.stdout.write(`${JSON.stringify({ publish, drain })}\n`)

async function fill(): Promise<number> {
  const started = performance.now()
  for (let number = 0; number < count; number++) {
    const properties = { persistent: true, contentType: 'application/json', contentEncoding: 'utf-8', priority: 0 }
    const options = { ...properties, headers: headersOf(number), correlationId: idOf(number) }
    if (!channel.sendToQueue(queue, body, options)) await new Promise(resolve => channel.once('drain', resolve))
  }
  await channel.waitForConfirms()
  return perSecond(count, started)
}

async function empty(): Promise<number> {
  const consumer = await connection.createChannel()
  await consumer.prefetch(PREFETCH)
  const started = performance.now()
  let got = 0
  await new Promise<void>((resolve, reject) => {
    const take: Parameters<typeof consumer.consume>[1] = message => {
      if (message === null) return reject(new Error('the consumer was cancelled'))
      JSON.parse(message.content.toString())
      got++
      if (got % ACK_EVERY === 0 || got === count) consumer.ack(message, true)
      if (got === count) resolve()
    }
    consumer.consume(queue, take).catch(reject)
  })
  return perSecond(count, started)
}
