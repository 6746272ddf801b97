export { type SqlOptions, sql } from './transport.js'
