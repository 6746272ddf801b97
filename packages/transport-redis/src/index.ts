export { redis } from './transport.js'
