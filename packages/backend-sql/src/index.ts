export { type SqlBackendOptions, sqlBackend } from './factory.js'
