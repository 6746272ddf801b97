export { redisBackend } from './factory.js'
