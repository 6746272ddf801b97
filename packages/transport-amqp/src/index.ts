export { amqp } from './transport.js'
