export type { SqlDatabase, SqlDialect, SqlRow, SqlSession, SqlValue } from './contract.js'
