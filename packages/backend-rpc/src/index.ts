export { rpcBackend } from './factory.js'
